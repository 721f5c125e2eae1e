/** What a plan is told of nodes: bytes that they lack, counted as bitmaps change, and what else counts for or against them. */
import { clusterSpecSchema } from "@dvce/api";
import { ChunkBitmap, type ImageIndex } from "@dvce/image";
import fc from "fast-check";
import { imageOf, MemoryPool } from "../../../test/support/memory-agent";
import { refused } from "../../../test/support/refused";
import { IndexCache } from "./index-cache";
import { Inventories } from "./inventories";
import { Locality } from "./locality";

/** As imageOf makes them. */
const chunkSizeBytes = 64 * 1024;
const nodes = ["a", "b", "c"];

describe("what nodes lack", () => {
  let pool: MemoryPool;
  beforeEach(() => {
    pool = new MemoryPool();
  });
  afterEach(() => pool.close());

  const announce = async (...numbers: number[]) => {
    const { index } = imageOf(...numbers);
    await pool.controller.images.announce(`image-${index.version.slice(0, 20)}`, index.encode());
    return index;
  };
  const snapshot = (version: string) => pool.controller.pool.snapshot([version]);
  const missingOf = (version: string) =>
    Object.fromEntries(
      snapshot(version).nodes.map((node) => [
        node.name,
        (node.missingBytes.get(version) ?? -1) / chunkSizeBytes,
      ]),
    );

  it("is what their chunks say, whatever is reported, dropped and forgotten, in any order", async () => {
    pool.join("n");
    const versions = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 4, 5, 20, 21], [30]];
    const indexes: ImageIndex[] = [];
    for (const numbers of versions) indexes.push(await announce(...numbers));
    const step = fc.record({
      kind: fc.constantFrom("report", "report", "drop", "forget-node", "forget-version"),
      node: fc.constantFrom(...nodes),
      image: fc.nat(2),
      chunks: fc.uniqueArray(fc.nat(9)),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const inventories = new Inventories(new IndexCache(pool.controller.state));
        const model = new Map<string, Set<number>>();
        for (const { kind, node, image, chunks } of steps) {
          const index = indexes[image];
          if (index === undefined) throw new Error("no such image");
          const held = chunks.filter((chunk) => chunk < index.chunkCount);
          const bitmap = new ChunkBitmap(index.chunkCount);
          held.forEach((chunk) => bitmap.set(chunk));
          const key = `${node} ${image}`;
          if (kind === "report") {
            inventories.report(node, index.version, bitmap.toBase64());
            model.set(key, new Set(held));
          } else if (kind === "drop") {
            inventories.drop(node, index.version, bitmap);
            held.forEach((chunk) => model.get(key)?.delete(chunk));
          } else if (kind === "forget-node") {
            inventories.forgetNode(node);
            for (const other of model.keys()) if (other.startsWith(`${node} `)) model.delete(other);
          } else {
            inventories.forgetVersion(index.version);
            for (const other of model.keys()) if (other.endsWith(` ${image}`)) model.delete(other);
          }
        }
        for (const node of nodes) {
          for (const [image, index] of indexes.entries()) {
            const held = model.get(`${node} ${image}`);
            const bitmap = inventories.bitmap(node, index.version);
            expect(bitmap?.count()).toBe(held?.size);
            held?.forEach((chunk) => expect(bitmap?.has(chunk)).toBe(true));
            const missing = (index.chunkCount - (held?.size ?? 0)) * chunkSizeBytes;
            expect(inventories.missingBytes(node, index.version)).toBe(missing);
          }
        }
      }),
    );
  });

  it("is kept once for nodes that hold the same", async () => {
    pool.join("n");
    const { version, chunkCount } = await announce(1, 2, 3);
    const inventories = new Inventories(new IndexCache(pool.controller.state));
    const full = new ChunkBitmap(chunkCount);
    for (let i = 0; i < chunkCount; i++) full.set(i);
    for (const node of nodes) inventories.report(node, version, full.toBase64());
    expect(inventories.bitmap("b", version)).toBe(inventories.bitmap("a", version));
    const one = new ChunkBitmap(chunkCount);
    one.set(0);
    inventories.drop("a", version, one);
    expect(inventories.missingBytes("a", version)).toBe(chunkSizeBytes);
    expect(inventories.missingBytes("b", version)).toBe(0);
  });

  it("counts, of a version that a node has not reported, what it has of other images", async () => {
    ["a", "b"].forEach((name) => pool.join(name));
    for (const number of [1, 2, 3, 4]) {
      const [digest = ""] = imageOf(number).index.chunks.map((chunk) => chunk.digest);
      pool.agent("a").chunks.add(digest);
      if (number < 3) pool.agent("b").chunks.add(digest);
    }
    await announce(1, 2, 3, 9);
    await announce(3, 4);
    pool.beatAll();
    // Nodes that cannot be asked at the moment when the version is announced.
    for (const name of ["a", "b"]) pool.agent(name).down = true;
    const { version } = imageOf(1, 2, 3, 4, 5, 6, 6).index;
    await expect(announce(1, 2, 3, 4, 5, 6, 6)).rejects.toMatchObject({ code: "DVCE_PLACEMENT_INFEASIBLE" });
    expect(missingOf(version)).toEqual({ a: 6, b: 6 });
    await pool.controller.pool.prepare([version]);
    expect(missingOf(version)).toEqual({ a: 2, b: 4 });
    const full = imageOf(1, 2, 3, 4, 5, 6, 6).index;
    const bitmap = new ChunkBitmap(full.chunkCount);
    pool.controller.registry.heartbeat("a", {
      epoch: 1,
      sequence: pool.agent("a").nextSequence(),
      storeBytes: 0,
      baseBytes: 0,
      diskFreeBytes: 0,
      inventory: [{ version, bitmap: bitmap.toBase64() }],
    });
    expect(missingOf(version)).toEqual({ a: 6, b: 4 });
  });

  it("is worked out for a bounded number of versions at a time", async () => {
    pool.join("a");
    const { version: held } = await announce(1, 2, 3);
    const chunk = imageOf(1).index.chunkDigest(0);
    pool.agent("a").chunks.add(chunk);
    pool.beat("a");
    const { state } = pool.controller;
    const indexes = new IndexCache(state);
    const inventories = new Inventories(indexes);
    const locality = new Locality({ state, indexes, inventories });
    inventories.report("x", held, pool.agent("a").inventory(held).bitmap);
    const versions: string[] = [];
    for (let number = 0; number < 20; number++) versions.push((await announce(1, 100 + number)).version);
    await locality.prepare(versions, ["x"]);
    const counted = versions.map((version) => locality.missingBytes("x", version) / chunkSizeBytes);
    expect(counted).toEqual([2, 2, 2, 2, ...Array.from({ length: 16 }, () => 1)]);
  });
});

describe("images' share of a node's disk that placement counts", () => {
  it("is what volumes, members and replicas keep there, and nothing that can be dropped", async () => {
    const pool = new MemoryPool({ settings: { replicas: 1 } });
    pool.join("a");
    pool.join("b");
    const version = await pool.push("debian", 1, 2);
    const [home = ""] = pool.controller.state.versions.get(version)?.targets ?? [];
    const other = home === "a" ? "b" : "a";
    imageOf(1, 2).index.chunks.forEach(({ digest }) => pool.agent(other).chunks.add(digest));
    pool.beatAll();
    const cacheOf = (name: string) =>
      pool.controller.pool.snapshot([]).nodes.find((node) => node.name === name)?.cacheBytes;
    expect(pool.controller.pool.node(other).storeBytes).toBe(2); // a MemoryAgent says one byte a chunk
    expect([cacheOf(home), cacheOf(other)]).toEqual([2, 0]);
    pool.controller.state.volumes.put({
      domain: "web-0",
      cluster: "web",
      member: "0",
      node: other,
      version,
      sizeBytes: 1,
      path: "/v",
      seedPath: "/s",
      seedDigest: "",
      createdAt: "2026-01-01T00:00:00.000Z",
      fetchedBytes: 0,
      hydration: { state: "waiting", presentBytes: 0, totalBytes: 1 },
      hydratedAt: null,
    });
    expect([cacheOf(home), cacheOf(other)]).toEqual([2, 2]);
    pool.close();
  });
});

describe("what else a plan looks at", () => {
  const specOf = (version: string, members: number) =>
    clusterSpecSchema.parse({
      name: "web",
      members: Array.from({ length: members }, (_, i) => ({
        name: `${i}`,
        version,
        vcpus: 1,
        memoryMiB: 64,
        diskBytes: 60 * 1024 ** 3,
      })),
    });

  it("is the share of a volume's size that the pool counts", async () => {
    for (const [thinFactor, members] of [
      [1, 1],
      [0.5, 3],
    ] as const) {
      const pool = new MemoryPool({ settings: { thinFactor } });
      pool.join("a"); // with a disk of 100 GiB
      const version = await pool.push("debian", 1);
      pool.beat("a");
      const { clusters } = pool.controller;
      expect(clusters.plan(specOf(version, members)).placements).toHaveLength(members);
      await refused("DVCE_PLACEMENT_INFEASIBLE", () => clusters.plan(specOf(version, members + 1)));
      pool.close();
    }
  });

  it("is how often a node's heartbeats stopped in the last day", async () => {
    const pool = new MemoryPool({ settings: { replicas: 2 } });
    pool.join("a");
    pool.join("b");
    const version = await pool.push("debian", 1);
    pool.agent("a").down = true;
    pool.pass(12_000);
    pool.agent("a").down = false;
    pool.pass(2_000);
    expect(
      pool.controller.pool.snapshot([]).nodes.map(({ name, history }) => [name, history?.flaps]),
    ).toEqual([
      ["a", 1],
      ["b", 0],
    ]);
    expect(pool.controller.clusters.plan(specOf(version, 1)).placements[0]?.node).toBe("b");
    pool.nowMs += 25 * 3600_000;
    pool.beatAll();
    expect(pool.controller.pool.snapshot([]).nodes.map(({ history }) => history?.flaps)).toEqual([0, 0]);
    pool.close();
  });
});
