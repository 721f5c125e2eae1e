import { encodeChunk } from "@dvce/image";
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
