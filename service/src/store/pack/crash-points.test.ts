/**
 * Stops the store before every single effect that it has on its disk, by killing the process and by cutting the power, and
 * opens it again. What test/crash does with a real disk by chance is done here one point after the other.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeChunk, type EncodedChunk } from "@dvce/image";
import { announceSeed, Random } from "../../../../test/support/random";
import type { ChunkStore } from "../chunk-store";
import { openPackStore } from "./pack-store";
import { SimulatedDisk } from "./simulated-disk";
import type { StoreFile, StoreFiles } from "./store-files";

jest.setTimeout(120_000);

const seed = announceSeed("crash points");
/** Only for the lock; everything else lies on the simulated disk. */
let directory: string;
beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), "dvce-crash-points-"))));
afterAll(() => rm(directory, { recursive: true }));

const open = (disk: StoreFiles): Promise<ChunkStore> =>
  openPackStore(directory, { files: disk, packSizeBytesMax: 600_000 });

const chunks = Array.from({ length: 14 }, (_, i) => {
  const noise = Array.from({ length: 1200 }, (_unused, block) =>
    createHash("sha512").update(`${seed}/${i}/${block}`).digest(),
  );
  return encodeChunk(Buffer.concat(noise));
});
const chunk = (i: number): EncodedChunk => chunks[i] ?? encodeChunk(Buffer.from("none"));

/** What is promised at some moment: chunks that must be there, whatever happens from then on. */
interface Promised {
  readonly kept: Set<EncodedChunk>;
}

/** A life of a store: puts over several packs, a bad chunk found and healed, collections with compaction, puts again. */
async function live(store: ChunkStore, disk: SimulatedDisk, promised: Promised): Promise<void> {
  const put = async (...which: number[]) => {
    await store.put(which.map(chunk), { verified: true });
    for (const i of which) promised.kept.add(chunk(i));
  };
  for (let i = 0; i < 9; i += 3) await put(i, i + 1, i + 2);
  disk.damage("00000001.pack", 32 + 300, Buffer.from("bad bytes"));
  promised.kept.delete(chunk(0));
  await store.verifyNext(undefined, 2 ** 30);
  await put(0);
  await put(9, 10);
  // Every second chunk goes: all packs are compacted.
  const goes = new Set(chunks.filter((_, i) => i % 2 === 1).map(({ digest }) => digest));
  for (const gone of chunks) if (goes.has(gone.digest)) promised.kept.delete(gone);
  await store.collect({ isReferenced: (digest) => !goes.has(digest.toString("hex")), graceMs: 0 });
  await put(11, 12);
  await put(1);
}

/** What is lost or wrong of what was promised. */
async function missing(store: ChunkStore, promised: Promised): Promise<string[]> {
  const lost: string[] = [];
  for (const { digest, payload } of promised.kept) {
    const found = await store.get(digest);
    if (found === undefined || !found.payload.equals(payload)) lost.push(digest);
  }
  return lost;
}

async function liveUntil(files: StoreFiles, disk: SimulatedDisk, stopBefore: number): Promise<Promised> {
  const promised: Promised = { kept: new Set() };
  disk.stopBefore = stopBefore;
  const store = await open(files).catch(() => undefined);
  if (store === undefined) return promised;
  try {
    await live(store, disk, promised);
  } catch (error) {
    if (disk.effects < stopBefore) throw error; // nothing stopped it
  }
  await store.close().catch(() => undefined);
  return promised;
}

/** A file system with some of its operations, or of its files' operations, replaced. */
function changed(
  files: StoreFiles,
  changes: Partial<StoreFiles>,
  fileChanges: Partial<StoreFile> = {},
): StoreFiles {
  const open: StoreFiles["open"] = async (path, mode) => ({
    ...(await files.open(path, mode)),
    ...fileChanges,
  });
  return { ...files, open, ...changes };
}

const nameOfFile = /^(quarantine|\d{8}\.(pack|index))$/;

/** Stops before every effect, until something is lost. Answers how often it was stopped and what was lost. */
async function everyCrash(
  filesOf: (disk: SimulatedDisk) => StoreFiles,
  crash: (disk: SimulatedDisk, dice: Random) => void,
): Promise<{ points: number; losses: number }> {
  let losses = 0;
  let points = 0;
  for (let ended = false; !ended && losses === 0; points++) {
    const disk = new SimulatedDisk();
    const promised = await liveUntil(filesOf(disk), disk, points);
    ended = disk.effects < points;
    crash(disk, new Random(seed + points));
    // A start can be stopped as well.
    const again = new Random(seed + points).below(12);
    disk.stopBefore = again;
    const second = await open(filesOf(disk)).catch(() => undefined);
    await second?.close().catch(() => undefined);
    crash(disk, new Random(seed + points + 1));
    const store = await open(filesOf(disk));
    const lost = await missing(store, promised);
    for (const name of disk.names()) expect(name).toMatch(nameOfFile);
    // It takes chunks and gives them back.
    await store.put([chunk(13)]);
    promised.kept.add(chunk(13));
    crash(disk, new Random(seed + points + 2));
    await store.close().catch(() => undefined);
    const last = await open(filesOf(disk));
    lost.push(...(await missing(last, promised)));
    await last.close();
    losses += lost.length;
  }
  return { points, losses };
}

describe("a store that is stopped before any effect on its disk", () => {
  it("loses nothing to kill -9", async () => {
    const { points, losses } = await everyCrash(
      (disk) => disk.files(),
      (disk) => disk.kill(),
    );
    expect(points).toBeGreaterThan(40);
    expect(losses).toBe(0);
  });

  it("loses nothing to power cuts", async () => {
    const { points, losses } = await everyCrash(
      (disk) => disk.files(),
      (disk, dice) => disk.cutPower(dice),
    );
    expect(points).toBeGreaterThan(40);
    expect(losses).toBe(0);
  });

  it.each([
    [
      "does not sync its packs",
      (disk: SimulatedDisk) => changed(disk.files(), {}, { sync: async () => undefined }),
    ],
    [
      "does not sync its directory",
      (disk: SimulatedDisk) => changed(disk.files(), { syncDirectory: async () => undefined }),
    ],
  ])("would notice a store that %s", async (_, filesOf) => {
    const { losses } = await everyCrash(filesOf, (disk, dice) => disk.cutPower(dice));
    expect(losses).toBeGreaterThan(0);
  });
});

describe("a disk that fails at any effect", () => {
  /** Fails at every effect of a life, one after the other. */
  async function everyFailure(
    code: string,
    isLasting: boolean,
    filesOf: (disk: SimulatedDisk) => StoreFiles,
  ): Promise<{ points: number; refusals: number; falseAcknowledgements: number; syncsRepeated: number }> {
    let points = 0;
    let falseAcknowledgements = 0;
    let syncsRepeated = 0;
    let refusals = 0;
    for (let ended = false; !ended && falseAcknowledgements === 0; points++) {
      const disk = new SimulatedDisk();
      disk.failure = { effect: points, code, isLasting };
      const promised: Promised = { kept: new Set() };
      const store = await open(filesOf(disk)).catch(() => undefined);
      if (store !== undefined) {
        const error: unknown = await live(store, disk, promised).then(
          () => undefined,
          (cause: unknown) => cause,
        );
        if (error !== undefined) refusals++;
        if (error !== undefined)
          expect(error).toMatchObject({ code: expect.stringMatching(/^DVCE_STORE_(FULL|UNWRITABLE)$/) });
        // What was acknowledged is served at once, and after the machine lost its power.
        falseAcknowledgements += (await missing(store, promised)).length;
        await store.close().catch(() => undefined);
      }
      ended = disk.effects <= points;
      syncsRepeated += disk.syncsRepeated;
      disk.cutPower(new Random(seed + points));
      const again = await open(disk.files());
      falseAcknowledgements += (await missing(again, promised)).length;
      await again.close();
      for (const name of disk.names()) expect(name).toMatch(nameOfFile);
    }
    return { points, refusals, falseAcknowledgements, syncsRepeated };
  }

  it.each([
    ["EIO", false],
    ["EIO", true],
    ["ENOSPC", false],
    ["ENOSPC", true],
  ])("acknowledges nothing false, and repeats no failed sync (%s, lasting: %s)", async (code, isLasting) => {
    const outcome = await everyFailure(code, isLasting, (disk) => disk.files());
    expect(outcome.points).toBeGreaterThan(40);
    expect(outcome.refusals).toBeGreaterThan(20);
    expect(outcome).toMatchObject({ falseAcknowledgements: 0, syncsRepeated: 0 });
  });

  it("would notice a store that tries a failed sync again", async () => {
    const outcome = await everyFailure("EIO", false, (disk) => {
      const files = disk.files();
      return {
        ...files,
        open: async (path, mode) => {
          const file = await files.open(path, mode);
          return { ...file, sync: () => file.sync().catch(() => file.sync()) };
        },
      };
    });
    expect(outcome.falseAcknowledgements).toBeGreaterThan(0);
    expect(outcome.syncsRepeated).toBeGreaterThan(0);
  });
});

describe("a process that is killed between a failed sync and the cut", () => {
  /** What the next process believes, and what is still there after the power went. */
  async function believed(filesAtStart: (disk: SimulatedDisk) => StoreFiles) {
    const disk = new SimulatedDisk();
    const first = await open(disk.files());
    await first.put([chunk(0)]);
    disk.failNextSync = true;
    disk.stopBefore = disk.effects + 2; // the write and the sync still happen, the cut does not
    await expect(first.put([chunk(1), chunk(2)])).rejects.toMatchObject({ code: "DVCE_STORE_UNWRITABLE" });
    disk.kill();
    await first.close();
    const second = await open(filesAtStart(disk));
    const has = [0, 1, 2].map((i) => second.has(chunk(i).digest));
    disk.cutPower({ below: () => 0 });
    await second.close().catch(() => undefined);
    const third = await open(disk.files());
    const kept = await Promise.all(
      [0, 1, 2].map(async (i) => (await third.get(chunk(i).digest)) !== undefined),
    );
    await third.close();
    return { has, kept };
  }

  it("believes only what a power cut spares", async () => {
    const { has, kept } = await believed((disk) => disk.files());
    expect(has).toEqual([true, true, true]);
    expect(kept).toEqual(has);
  });

  it("would be noticed to believe more if it only synced at the start", async () => {
    const { has, kept } = await believed((disk) =>
      changed(disk.files(), {}, { write: async () => undefined }),
    );
    expect(has).toEqual([true, true, true]);
    expect(kept).toEqual([true, false, false]);
  });
});
