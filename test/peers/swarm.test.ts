import { encodeChunk } from "@dvce/image";
import type { ChunkDecoder } from "../../service/src/peers/peer-request";
import { Swarm, testImage, type SwarmNode, type SwarmNodeOptions } from "./swarm";

const image = testImage(480);
const uniqueBytes = image.chunks.reduce((sum, chunk) => sum + encodeChunk(chunk).payload.length, 0);

let swarm: Swarm;
beforeEach(async () => {
  swarm = await Swarm.start(image);
});
afterEach(async () => {
  await swarm.close();
});

async function add(
  count: number,
  options: (i: number) => SwarmNodeOptions = () => ({}),
): Promise<SwarmNode[]> {
  return Promise.all(Array.from({ length: count }, (_, i) => swarm.add(`node-${i}`, options(i))));
}

/** Bytes that the origin sent for each unique one, when eight nodes fetched all. */
async function originShare(nodes: readonly SwarmNode[], origin: SwarmNode): Promise<number> {
  const orders = await Promise.all(nodes.map((node) => node.readAll(image)));
  for (const order of orders) expect(new Set(order).size).toBe(image.index.chunkCount);
  return origin.sentBytes / uniqueBytes;
}

describe("nodes that fetch one version together", () => {
  it("load its origin about once", async () => {
    const origin = await swarm.addOrigin("origin");
    const nodes = await add(8);
    expect(await originShare(nodes, origin)).toBeLessThanOrEqual(1.2);
    for (const node of nodes) {
      await node.local.flush();
      expect(node.has(image)).toBe(image.index.chunkCount);
      expect(node.fetchedBytes).toBe(image.index.dataBytes); // each chunk once
      expect(node.sentBytes).toBeGreaterThan(0);
    }
  });

  it("would load it eight times if they did not know of each other", async () => {
    const origin = await swarm.addOrigin("origin");
    const nodes = await add(8, () => ({ misinform: (answer) => ({ ...answer, fetchers: [] }) }));
    expect(await originShare(nodes, origin)).toBeGreaterThan(7.9);
  });

  it("take in one that begins later", async () => {
    const origin = await swarm.addOrigin("origin");
    const [late, ...early] = await add(8);
    if (late === undefined) throw new Error("no nodes");
    let arrived = 0;
    const begin = Promise.withResolvers<void>();
    const reads = early.map((node) =>
      node.readAll(image, () => {
        if (++arrived === image.index.chunkCount) begin.resolve();
      }),
    );
    await begin.promise;
    await Promise.all([...reads, late.readAll(image)]);
    expect(origin.sentBytes / uniqueBytes).toBeLessThanOrEqual(1.4);
  });

  it("go on when one of them dies, and ask for nothing twice that has come", async () => {
    const origin = await swarm.addOrigin("origin");
    const [dying, ...others] = await add(8);
    if (dying === undefined) throw new Error("no nodes");
    const came = new Map(others.map((node) => [node.name, new Set<string>()]));
    let arrived = 0;
    const half = Promise.withResolvers<void>();
    const death = dying.readAll(image).catch(() => "it died");
    const reads = others.map((node) =>
      node.readAll(image, (chunk) => {
        came.get(node.name)?.add(image.index.chunkDigest(chunk));
        if (++arrived === (others.length * image.index.chunkCount) / 4) half.resolve();
      }),
    );
    await half.promise;
    await dying.kill();
    await Promise.all(reads);
    await death;
    for (const node of others) {
      expect(came.get(node.name)?.size).toBe(image.index.chunkCount);
      expect(node.fetchedBytes).toBe(image.index.dataBytes);
    }
    expect(origin.sentBytes / uniqueBytes).toBeLessThanOrEqual(1.6);
  });
});

describe("a node that fetches", () => {
  it("avoids a peer that sends wrong bytes, tells it, and takes nothing wrong", async () => {
    const bad = await swarm.addOrigin("origin-bad", {
      // A bit of every piece but those of the batch itself.
      tamper: (bytes) => {
        if (bytes.length < 1000) return bytes;
        const flipped = Buffer.from(bytes);
        flipped.writeUInt8(flipped.readUInt8(500) ^ 1, 500);
        return flipped;
      },
    });
    const told = jest.spyOn(bad.local, "verify");
    const good = await swarm.addOrigin("origin-good");
    const [node] = await add(1);
    if (node === undefined) throw new Error("no nodes");
    const order = await node.readAll(image);
    expect(new Set(order).size).toBe(image.index.chunkCount);
    expect(good.sentBytes).toBeGreaterThan(bad.sentBytes);
    expect(told).toHaveBeenCalled();
    await Promise.all(told.mock.results.map(async ({ value }) => expect(await value).toBe(true)));
  });

  it("would be caught handing out wrong bytes if it did not verify", async () => {
    await swarm.addOrigin("origin");
    const trusting: ChunkDecoder = {
      decodeMany: async (chunks) => chunks.map(({ sizeBytes }) => Buffer.alloc(sizeBytes, 1)),
      verifyMany: async (chunks) => [...chunks],
    };
    const [node] = await add(1, () => ({ decoder: trusting }));
    await expect(node?.readAll(image)).rejects.toThrow(/read wrong bytes/);
  });

  it("heals a chunk that its own packs have lost, from a peer", async () => {
    await swarm.addOrigin("origin");
    const [node] = await add(1);
    if (node === undefined) throw new Error("no nodes");
    await node.store.put([encodeChunk(image.chunks[5] ?? Buffer.alloc(0))]);
    const fetched = await node.transfer.reader.fetchFromPeers(image.index, 5);
    expect(fetched.equals(image.chunks[5] ?? Buffer.alloc(0))).toBe(true);
    expect(node.fetchedBytes).toBe(fetched.length);
  });

  it("waits in no circle when two each take the other for the one that fetches", async () => {
    const origin = await swarm.addOrigin("origin");
    // Each is told of the other alone, under a name that always wins.
    const nodes = await add(2, (i) => ({
      misinform: (answer) => ({
        ...answer,
        fetchers: answer.fetchers
          .filter(({ node }) => node !== `node-${i}`)
          .flatMap((other) =>
            Array.from({ length: 20 }, (_, j) => ({ ...other, node: `${other.node}-${j}` })),
          ),
      }),
    }));
    await Promise.all(nodes.map((node) => node.readAll(image)));
    for (const node of nodes) expect(node.fetchedBytes).toBe(image.index.dataBytes);
    expect(origin.sentBytes / uniqueBytes).toBeLessThanOrEqual(2.1);
  });

  it("lets reads overtake what is fetched for later", async () => {
    const origin = await swarm.addOrigin("origin", { settings: { serveBytesPerSecond: 4_000_000 } });
    const [node] = await add(1);
    if (node === undefined) throw new Error("no nodes");
    const background = node.readAll(image);
    while (node.fetchedBytes === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const before = origin.asked.length;
    const last = image.index.chunkCount - 1;
    const data = await node.transfer.reader.read(image.index, last, "read");
    expect(data.equals(image.chunks[last] ?? Buffer.alloc(0))).toBe(true);
    expect(node.fetchedBytes).toBeLessThan(image.index.dataBytes); // the rest was still to come
    expect(origin.asked.length).toBeGreaterThan(before);
    await background;
  });
});
