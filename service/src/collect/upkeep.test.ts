import { ChunkBitmap, digestOf, IndexBuilder } from "@dvce/image";
import pino from "pino";
import { Upkeep, type UpkeepOptions, type UpkeepVersion } from "./upkeep";

const chunkBytes = 100;
const signal = new AbortController().signal;

function versionOf(numbers: readonly number[]): UpkeepVersion {
  const builder = new IndexBuilder(numbers.length * 4096);
  numbers.forEach((number, i) => {
    const extent = { offsetBytes: i * 4096, offsetInChunk: 0, lengthBytes: chunkBytes };
    builder.add(Buffer.from(digestOf(Buffer.from([number])), "hex"), chunkBytes, extent);
  });
  const index = builder.build();
  const held = new ChunkBitmap(index.chunkCount);
  for (let i = 0; i < held.length; i++) held.set(i);
  const digests = index.chunks.map(({ digest }) => digest);
  return { index, held, numberOf: (digest) => digests.indexOf(digest.toString("hex")) };
}

/** A node whose chunks take half of their size, in three versions of five chunks; base files take 300 bytes each. */
function world(
  options: Partial<UpkeepOptions> & { usedVersions?: readonly number[]; approves?: boolean } = {},
) {
  const versions = [versionOf([1, 2, 3, 4, 5]), versionOf([5, 6, 7, 8, 9]), versionOf([10, 11, 12, 13, 14])];
  const name = (i: number) => versions[i]?.index.version ?? "";
  const numberOf = (version: string) => versions.findIndex(({ index }) => index.version === version);
  const bases = new Set([name(0), name(1)]);
  const here = new Set(versions.flatMap(({ index }) => index.chunks.map(({ digest }) => digest)));
  const state = { garbageBytes: 200, nowMs: 1_000_000, events: [] as string[], free: 1_000_000 };
  const upkeep = new Upkeep({
    limits: { bytesMax: 1_000_000, diskFreeBytesMin: 0 },
    measure: async () => ({
      cacheBytes: here.size * 50 + bases.size * 300 + state.garbageBytes,
      diskFreeBytes: state.free,
    }),
    bases: {
      versions: () => [...bases],
      remove: async (version) => {
        bases.delete(version);
        state.events.push(`base ${numberOf(version)}`);
      },
    },
    versions: () => versions,
    inUse: (version) => (options.usedVersions ?? []).includes(numberOf(version)),
    lastUsedMs: (version) => [20, 10, 30][numberOf(version)] ?? 0,
    knowsReferences: () => true,
    collect: async () => {
      const droppedBytes = state.garbageBytes;
      state.garbageBytes = 0;
      if (droppedBytes > 0) state.events.push("collect");
      return { droppedChunks: droppedBytes / 50, droppedBytes, reclaimedBytes: droppedBytes };
    },
    evict: async ({ index }, wanted) => {
      if (options.approves === false) return 0;
      let dropped = 0;
      for (let i = 0; i < wanted.length; i++)
        if (wanted.has(i) && here.delete(index.chunkDigest(i))) dropped++;
      state.events.push(`evict ${dropped} of ${numberOf(index.version)}`);
      return dropped;
    },
    graceMs: 3_600_000,
    onCollected: ({ droppedChunks }) => state.events.push(`collected ${droppedChunks}`),
    nowMs: () => state.nowMs,
    logger: pino({ level: "silent" }),
    ...options,
  });
  return { upkeep, state, bases, here };
}

describe("Upkeep", () => {
  it("collects at first and then now and then, and drops nothing else within the limits", async () => {
    const { upkeep, state } = world();
    await upkeep.round(signal);
    expect(state.events).toEqual(["collect", "collected 4"]);
    state.garbageBytes = 50;
    await upkeep.round(signal);
    expect(state.events).toHaveLength(2);
    state.nowMs += 600_000;
    await upkeep.round(signal);
    expect(state.events.slice(2)).toEqual(["collect", "collected 1"]);
  });

  it("drops base files, then replicas, each the least recently used first, and no more than it must", async () => {
    const { upkeep, state, here } = world({ limits: { bytesMax: 400, diskFreeBytesMin: 0 } });
    state.garbageBytes = 0;
    await upkeep.round(signal);
    const evictions = state.events.slice(2);
    expect(state.events.slice(0, 2)).toEqual(["base 1", "base 0"]);
    // The second version has five chunks; with two of the first the goal of 380 bytes is reached.
    expect(evictions.map((event) => event.slice(-1)).join("")).toMatch(/^1+0+$/);
    expect(here.size).toBe(7);
    expect(upkeep.overQuotaBytes).toBe(0);
  });

  it("drops garbage before replicas", async () => {
    const { upkeep, state, here } = world({ limits: { bytesMax: 1_400, diskFreeBytesMin: 0 } });
    state.garbageBytes = 0;
    await upkeep.round(signal);
    state.garbageBytes = 1_000;
    state.nowMs += 60_000;
    await upkeep.round(signal);
    expect(state.events).toEqual(["base 1", "base 0", "collect", "collected 20"]);
    expect(here.size).toBe(14);
  });

  it("keeps everything of versions in use, also what they share with others, and says what it is over by", async () => {
    const { upkeep, here, bases } = world({
      limits: { bytesMax: 100, diskFreeBytesMin: 0 },
      usedVersions: [0],
    });
    await upkeep.round(signal);
    expect(here.size).toBe(5);
    expect([...bases]).toHaveLength(1);
    expect(upkeep.overQuotaBytes).toBe(5 * 50 + 300 - 100);
  });

  it("keeps what is not approved, asks for each chunk once a round, and says what it is over by", async () => {
    const asked: number[] = [];
    const { upkeep, here } = world({
      limits: { bytesMax: 100, diskFreeBytesMin: 0 },
      evict: async (_version, wanted) => {
        asked.push(wanted.count());
        return 0;
      },
    });
    await upkeep.round(signal);
    expect(asked.reduce((sum, count) => sum + count, 0)).toBe(15);
    expect(here.size).toBe(14);
    expect(upkeep.overQuotaBytes).toBe(14 * 50 - 100);
  });

  it("neither collects nor evicts while it does not know what refers to chunks", async () => {
    const { upkeep, state, here } = world({
      limits: { bytesMax: 100, diskFreeBytesMin: 0 },
      knowsReferences: () => false,
    });
    await upkeep.round(signal);
    expect(state.events).toEqual(["base 1", "base 0"]);
    expect(here.size).toBe(14);
    expect(upkeep.overQuotaBytes).toBe(0);
  });

  it("makes room for what is asked for, once, and counts it as nothing else", async () => {
    const { upkeep, state, bases, here } = world({ limits: { bytesMax: 1_400, diskFreeBytesMin: 0 } });
    state.garbageBytes = 0;
    await upkeep.round(signal); // 1,350 bytes
    expect([bases.size, here.size]).toEqual([2, 14]);
    expect(await upkeep.hasRoom(50)).toBe(true);
    expect(await upkeep.hasRoom(350)).toBe(false);
    await upkeep.round(signal);
    expect(upkeep.overQuotaBytes).toBe(0);
    expect([bases.size, here.size]).toEqual([0, 14]);
    expect(await upkeep.hasRoom(350)).toBe(true);
    await upkeep.round(signal);
    expect(here.size).toBe(14);
    expect(await upkeep.hasRoom(5_000)).toBe(false);
    await upkeep.round(signal);
    expect(upkeep.overQuotaBytes).toBe(0);
  });

  it("keeps the floor of free space", async () => {
    const { upkeep, state, bases } = world({ limits: { bytesMax: undefined, diskFreeBytesMin: 1_000 } });
    state.free = 900;
    await upkeep.round(signal);
    expect(bases.size).toBe(0);
  });
});
