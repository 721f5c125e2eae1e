/** Real agents that must make do with little disk, and that find chunks damaged. */
import { digestOf } from "@dvce/image";
import { execFile } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { sampleImage, TestPool, type SampleImage } from "./pool";

const run = promisify(execFile);
jest.setTimeout(90_000);

const mebibyte = 1024 * 1024;
/** 2.5 MiB each, in chunks that do not compress. */
const [first, second, own] = [sampleImage(), sampleImage(), sampleImage()] as const;
const housekeeping = { collectGraceMs: 1_000, scrubBytesPerSecond: 100 * mebibyte };
const quotaBytes = 4 * mebibyte;

/** Flips a bit of each copy of the chunk in the packs. */
async function flip(folder: string, wanted: Buffer): Promise<void> {
  let found = 0;
  for (const file of await readdir(folder)) {
    if (!file.endsWith(".pack")) continue;
    const bytes = await readFile(join(folder, file));
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
      bytes.writeUInt8(bytes.readUInt8(at + 100) ^ 1, at + 100);
      found++;
    }
    await writeFile(join(folder, file), bytes);
  }
  expect(found).toBeGreaterThan(0);
}

describe("a node with little disk", () => {
  let pool: TestPool;

  beforeAll(async () => {
    pool = await TestPool.start(["large"], { housekeeping });
    await pool.push(first, "first");
    await pool.push(second, "second");
    await pool.startAgent("small", { housekeeping: { ...housekeeping, cacheBytesMax: quotaBytes } });
    await pool.until(async () =>
      (await pool.admin.listNodes()).some(({ name, state }) => name === "small" && state === "ready"),
    );
  });
  afterAll(() => pool.close());

  const node = (name: string) => pool.admin.getNode(name);
  const kinds = () => pool.history().map(({ kind }) => kind);
  const presentOn = async (name: string, { index }: SampleImage) =>
    (await pool.admin.getVersion(index.version)).replicas.find((replica) => replica.node === name)
      ?.presentBytes ?? 0;

  /** Reads the whole version as a guest on the node would. */
  async function read(name: string, { index, bytes }: SampleImage): Promise<void> {
    const copy = pool.path("copy.raw");
    await run("qemu-img", ["convert", "-f", "raw", "-O", "raw", pool.exportOf(name, index.version), copy]);
    expect((await readFile(copy)).equals(bytes)).toBe(true);
  }

  /** Spoils a stored chunk on the disk while the agent is stopped, and lets the next start check the whole store. */
  async function damage(name: string, image: SampleImage, chunk: number): Promise<string> {
    await pool.stopAgent(name);
    const wanted = image.chunks[chunk] ?? Buffer.alloc(0);
    await flip(pool.path(name, "data", "store"), wanted);
    await rm(pool.path(name, "data", "scrub.json"), { force: true });
    await rm(pool.path(name, "data", "base"), { recursive: true, force: true });
    await pool.startAgent(name);
    return digestOf(wanted);
  }

  it("reads two versions that do not fit together, and drops the older one's replicas with the pool's approval", async () => {
    await read("small", first);
    await read("small", second);
    await pool.until(async () => kinds().includes("evicted"));
    await pool.until(async () => {
      const { storeBytes, baseBytes } = await node("small");
      return storeBytes + baseBytes <= quotaBytes;
    });
    expect(await presentOn("small", first)).toBeLessThan(first.index.dataBytes);
    expect(await presentOn("large", first)).toBe(first.index.dataBytes);
    expect((await node("small")).health?.cache).toMatchObject({ bytesMax: quotaBytes, overQuotaBytes: 0 });
    await read("small", first);
    await read("small", second);
  });

  it("keeps what the pool has nowhere else, although it is over its quota, and says so", async () => {
    await pool.admin.changeNode("large", "cordon");
    expect(await pool.push(own, "own")).toEqual(["small"]);
    await pool.stopAgent("small");
    await pool.startAgent("small", { housekeeping: { ...housekeeping, cacheBytesMax: mebibyte } });
    await pool.until(async () => ((await node("small")).health?.cache.overQuotaBytes ?? 0) > 0);
    expect(await presentOn("small", own)).toBe(own.index.dataBytes);
    // All that is dropped is dropped already: nothing of the first image, which lies elsewhere too, is left.
    await pool.until(async () => (await presentOn("small", first)) === 0);
    await read("small", own);
    await pool.stopAgent("small");
    await pool.startAgent("small", { housekeeping });
    await pool.until(async () => (await node("small")).health?.cache.overQuotaBytes === 0);
  });

  it("heals a damaged chunk from a peer", async () => {
    await read("small", second);
    await pool.until(async () => (await presentOn("small", second)) === second.index.dataBytes);
    const digest = await damage("small", second, 7);
    await pool.until(async () => kinds().includes("repaired"));
    const events = pool.history().filter(({ kind }) => kind === "scrub-found" || kind === "repaired");
    expect(events.map(({ node: on, detail }) => [on, detail["digests"]])).toEqual([
      ["small", [digest]],
      ["small", [digest]],
    ]);
    await pool.until(async () => (await node("small")).health?.scrub?.healedChunks === 1);
    expect((await node("small")).health).toMatchObject({ quarantinedChunks: 0, lostChunks: [] });
    await pool.until(async () => (await presentOn("small", second)) === second.index.dataBytes);
    await read("small", second);
  });

  it("reports by name what no node has a good copy of, until the image is pushed again", async () => {
    const digest = await damage("small", own, 3);
    const { version } = own.index;
    await pool.until(async () => (await pool.admin.getVersion(version)).lostChunks.length > 0);
    expect((await pool.admin.getVersion(version)).lostChunks).toEqual([digest]);
    expect((await node("small")).health).toMatchObject({ quarantinedChunks: 1, lostChunks: [digest] });
    await pool.until(async () => kinds().includes("lost"));
    expect(pool.history().find(({ kind }) => kind === "lost")).toMatchObject({ image: "own", version });
    await pool.push(own, "own");
    await pool.until(async () => (await pool.admin.getVersion(version)).lostChunks.length === 0);
    await pool.until(async () => (await node("small")).health?.quarantinedChunks === 0);
    await read("small", own);
  });

  it("gives back the space of a version that the pool has dropped, and of no other", async () => {
    await pool.admin.tagVersion(second.index.version, "kept");
    await pool.admin.deleteImageVersion("second", second.index.version);
    await pool.admin.deleteImage("first");
    const { storeBytes } = await node("large");
    await pool.until(async () => (await node("large")).storeBytes <= storeBytes - 2 * mebibyte);
    await pool.until(async () => kinds().includes("collected"));
    expect(await presentOn("large", second)).toBe(second.index.dataBytes);
    await read("large", second);
  });
});

describe("a node without peers", () => {
  let pool: TestPool;
  beforeAll(async () => void (pool = await TestPool.start(["alone"], { housekeeping })));
  afterAll(() => pool.close());

  it("heals a damaged chunk from the version's base file", async () => {
    await pool.push(own, "own");
    const copy = pool.path("copy.raw");
    const source = pool.exportOf("alone", own.index.version);
    await run("qemu-img", ["convert", "-f", "raw", "-O", "raw", source, copy]);
    await pool.stopAgent("alone");
    await flip(pool.path("alone", "data", "store"), own.chunks[7] ?? Buffer.alloc(0));
    await rm(pool.path("alone", "data", "scrub.json"), { force: true });
    await pool.startAgent("alone");
    await pool.until(async () => pool.history().some(({ kind }) => kind === "repaired"));
    await pool.until(async () => {
      const { health } = await pool.admin.getNode("alone");
      return health?.scrub?.healedChunks === 1 && health.quarantinedChunks === 0;
    });
    const { goodChunks } = await pool.admin.verifyChunks(own.index.version, {
      node: "alone",
      firstChunk: 0,
      chunks: own.index.chunkCount,
    });
    expect(goodChunks).toBe(own.index.chunkCount);
  });
});
