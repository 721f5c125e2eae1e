import { randomBytes } from "node:crypto";
import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeChunk, type EncodedChunk } from "@dvce/image";
import { checkStore, isSound } from "./check";
import { recordHeaderSizeBytes } from "./format";
import { openPackStore } from "./pack-store";
import { rebuildIndex } from "./rebuild-index";
import { encodeSidecar } from "./sidecar";

jest.setTimeout(60_000); // every put waits for the disk, which other suites share

let directory: string;
let chunks: EncodedChunk[];
const options = { packSizeBytesMax: 1_000_000 };
const recordSize = recordHeaderSizeBytes + 100_000;

/** Three packs: nine chunks of 100,000 bytes in each of the first two, two in the last. */
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "dvce-check-"));
  chunks = Array.from({ length: 20 }, () => encodeChunk(randomBytes(100_000)));
  const store = await openPackStore(directory, options);
  for (const chunk of chunks) await store.put([chunk]);
  await store.close();
});
afterEach(() => rm(directory, { recursive: true }));

const path = (number: number, suffix: string) => join(directory, `0000000${number}.${suffix}`);
const digest = (i: number) => chunks[i]?.digest;

async function overwrite(file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

/** Everything in the directory, to see that nothing was changed. */
async function contents(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const name of (await readdir(directory)).sort())
    found.set(name, (await readFile(join(directory, name))).toString("latin1"));
  return found;
}

describe("checkStore", () => {
  it("finds a store sound, and tells its progress", async () => {
    const seen: number[] = [];
    const check = await checkStore(directory, {
      onProgress: ({ doneBytes, totalBytes }) => seen.push(doneBytes / totalBytes),
    });
    expect(check).toEqual({
      packs: 3,
      chunks: 20,
      storedBytes: 3 * 32 + 20 * recordSize,
      bad: [],
      damage: [],
      wrongIndexes: [],
      missingIndexes: [],
      tornBytes: 0,
      quarantined: 0,
    });
    expect(isSound(check)).toBe(true);
    expect(seen.at(-1)).toBe(1);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
  });

  it("names bad chunks, by checksum and by digest, and changes nothing", async () => {
    await overwrite(path(1, "pack"), 32 + recordSize * 2 + 500, Buffer.from("damaged"));
    // A whole record of another chunk in the place of one: its checksums are right.
    const other = (await readFile(path(2, "pack"))).subarray(32, 32 + recordSize);
    await overwrite(path(1, "pack"), 32 + recordSize * 5, other);
    const before = await contents();
    const check = await checkStore(directory);
    expect(check.bad).toEqual([
      { digest: digest(2), pack: 1, offsetBytes: 32 + recordSize * 2, reason: "its bytes are damaged" },
      { digest: digest(5), pack: 1, offsetBytes: 32 + recordSize * 5, reason: "its bytes are damaged" },
    ]);
    expect(isSound(check)).toBe(false);
    expect(await contents()).toEqual(before);
  });

  it("does not count what was stored again, or is quarantined already", async () => {
    await overwrite(path(1, "pack"), 32 + 500, Buffer.from("damaged"));
    await overwrite(path(1, "pack"), 32 + recordSize + 500, Buffer.from("damaged"));
    const store = await openPackStore(directory, options);
    expect((await store.verifyNext(undefined, 2 ** 30)).bad).toEqual([digest(0), digest(1)]);
    await store.put(chunks.slice(0, 1));
    await store.close();
    expect(await checkStore(directory)).toMatchObject({ bad: [], quarantined: 1, chunks: 20 });
  });

  it("tells indexes that are missing, damaged, or do not name every record", async () => {
    await rm(path(1, "index"));
    await overwrite(path(2, "index"), 60, Buffer.from("damaged"));
    const newest = encodeSidecar((await stat(path(3, "pack"))).size, []);
    await writeFile(path(3, "index"), newest);
    const check = await checkStore(directory);
    expect(check).toMatchObject({
      chunks: 20,
      bad: [],
      damage: [],
      missingIndexes: [1],
      wrongIndexes: [
        { pack: 2, message: "it is damaged" },
        { pack: 3, message: "it does not name every record of its pack" },
      ],
    });
    expect(isSound(check)).toBe(false);
  });

  it("takes what a crash leaves in the newest pack for what it is", async () => {
    await rm(path(3, "index"));
    await truncate(path(3, "pack"), 32 + recordSize + 1000);
    const check = await checkStore(directory);
    expect(check).toMatchObject({ chunks: 19, damage: [], tornBytes: 1000, bad: [] });
    const store = await openPackStore(directory, options);
    await store.put([encodeChunk(randomBytes(100))]);
    await store.close();
    expect(isSound(await checkStore(directory))).toBe(true);
  });

  it("names what a pack that was cut off held", async () => {
    await truncate(path(2, "pack"), 32 + recordSize * 8);
    const check = await checkStore(directory);
    expect(check).toMatchObject({
      bad: [{ digest: digest(17), pack: 2, offsetBytes: 32 + recordSize * 8 }],
      wrongIndexes: [{ pack: 2 }],
    });
    const store = await openPackStore(directory, options);
    expect(store.quarantined()).toMatchObject([{ digest: digest(17) }]);
    expect(store.has(digest(17) ?? "")).toBe(false);
    await store.put(chunks.slice(17, 18));
    await store.close();
    const again = await openPackStore(directory, options);
    expect(again.quarantined()).toEqual([]);
    expect(again.chunkCount).toBe(20);
    await again.close();
  });

  it("refuses a store that is in use, and a folder that is none", async () => {
    const store = await openPackStore(directory, options);
    await expect(checkStore(directory)).rejects.toMatchObject({ code: "DVCE_STORE_LOCKED" });
    await expect(rebuildIndex(directory)).rejects.toMatchObject({ code: "DVCE_STORE_LOCKED" });
    await store.close();
    await expect(checkStore(join(directory, "none"))).rejects.toMatchObject({ code: "DVCE_NOT_FOUND" });
    const empty = await mkdtemp(join(directory, "empty-"));
    await expect(rebuildIndex(empty)).rejects.toMatchObject({ code: "DVCE_NOT_FOUND" });
  });
});

describe("rebuildIndex", () => {
  it("makes every index anew from the packs, the same as before", async () => {
    const before = await contents();
    for (const number of [1, 2, 3]) await writeFile(path(number, "index"), "nonsense");
    expect(await rebuildIndex(directory)).toEqual({ packs: 3, chunks: 20, damage: [] });
    expect(await contents()).toEqual(before);
  });

  it("tells damage once: afterwards the indexes agree with what is left", async () => {
    await overwrite(path(1, "pack"), 32 + recordSize * 2 + 500, Buffer.from("damaged"));
    await rm(path(1, "index"));
    expect(isSound(await checkStore(directory))).toBe(false);
    expect(await rebuildIndex(directory)).toMatchObject({
      chunks: 19,
      damage: [{ pack: 1, message: `${recordSize} bytes hold no valid record` }],
    });
    expect(isSound(await checkStore(directory))).toBe(true);
  });
});
