/**
 * The index of a 2 TiB image, opened and read in a process whose memory must not grow with it. With chunks of 256 KiB it has
 * half a gigabyte; `npm run test:long` takes chunks of 32 KiB, as real images have them: 4 GB.
 */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { defaultChunking, digestBytesOf, ImageIndex, IndexBuilder } from "@dvce/image";
import { cacheLayout } from "../../tools/setup/paths";
import { collectGarbage } from "../fuzz/support/garbage";
import { announceSeed, Random } from "../support/random";

jest.setTimeout(30 * 60_000);

const imageSizeBytes = 2 * 2 ** 40;
const chunkSizeBytes = process.env["DVCE_TEST_LONG"] === undefined ? 256 * 1024 : 32 * 1024;
const memoryBytesMax = 64 * 1024 * 1024;

/** Every eighth chunk's place in the image is a hole, and every third of the rest shows the chunk before it once more. */
const placeCount = imageSizeBytes / chunkSizeBytes;
const isHole = (place: number) => place % 8 === 7;
const isRepeat = (place: number) => place % 8 === 2 || place % 8 === 5;
/** Extents before a place; repeats before it. */
const extentsBefore = (place: number) => place - Math.floor(place / 8);
const repeatsBefore = (place: number) =>
  Math.floor(place / 8) * 2 + (place % 8 > 2 ? 1 : 0) + (place % 8 > 5 ? 1 : 0);
const chunkAt = (place: number) => extentsBefore(place) - repeatsBefore(place) - (isRepeat(place) ? 1 : 0);
const chunkCount = chunkAt(placeCount);
const extentCount = extentsBefore(placeCount);

/** A number in a digest's place: what it is the digest of does not matter here. */
function writeDigest(target: Buffer, at: number, chunk: number): void {
  target.writeUInt32LE(Math.imul(chunk, 0x9e3779b1) >>> 0, at);
  target.writeUInt32LE(chunk, at + 4);
  target.fill(0x5a, at + 8, at + 32);
}

function writeIndex(path: string): void {
  const fd = openSync(path, "wx");
  const piece = Buffer.alloc(36 * 24 * 1024);
  let size = 0;
  const flush = () => {
    for (let done = 0; done < size;) done += writeSync(fd, piece, done, size - done);
    size = 0;
  };
  const header = Buffer.from(new IndexBuilder(imageSizeBytes, defaultChunking).build().encode());
  header.writeUInt32LE(chunkCount, 40);
  header.writeUInt32LE(extentCount, 44);
  size += header.copy(piece);
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    if (size + 36 > piece.length) flush();
    writeDigest(piece, size, chunk);
    piece.writeUInt32LE(chunkSizeBytes, size + 32);
    size += 36;
  }
  flush();
  piece.fill(0);
  for (let place = 0; place < placeCount; place++) {
    if (isHole(place)) continue;
    if (size + 24 > piece.length) flush();
    piece.writeUIntLE(place * chunkSizeBytes, size, 6);
    piece.writeUInt32LE(chunkAt(place), size + 8);
    piece.writeUInt32LE(chunkSizeBytes, size + 16);
    size += 24;
  }
  flush();
  closeSync(fd);
}

const memoryBytes = () => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

it("opens and answers in at most 64 MiB", async () => {
  const random = new Random(announceSeed("large index"));
  const { cacheDirectory } = cacheLayout();
  mkdirSync(cacheDirectory, { recursive: true });
  const directory = mkdtempSync(join(cacheDirectory, "large-index-"));
  try {
    const path = join(directory, "index");
    writeIndex(path);
    collectGarbage();
    const before = memoryBytes();
    let peak = before;
    // What is kept, not what waits for the collector: when that runs is none of the index's doing.
    const sample = () => {
      collectGarbage();
      peak = Math.max(peak, memoryBytes());
    };
    const timer = setInterval(sample, 200);
    const index = await ImageIndex.open(path);
    sample();
    expect([index.sizeBytes, index.chunkCount, index.extentCount]).toEqual([
      imageSizeBytes,
      chunkCount,
      extentCount,
    ]);
    expect(index.dataBytes).toBe(chunkCount * chunkSizeBytes);

    const digest = Buffer.alloc(32);
    for (let i = 0; i < 50_000; i++) {
      const offset = Math.floor((random.uint32() / 2 ** 32) * (imageSizeBytes - 4096));
      let at = offset;
      for (const extent of index.extents(offset, 4096)) {
        const place = Math.floor(extent.offsetBytes / chunkSizeBytes);
        const end = Math.min(offset + 4096, (place + 1) * chunkSizeBytes);
        const expected = isHole(place)
          ? { chunk: -1, offsetInChunk: 0 }
          : { chunk: chunkAt(place), offsetInChunk: at % chunkSizeBytes };
        const found = { chunk: extent.chunk, offsetInChunk: extent.offsetInChunk };
        if (JSON.stringify(found) !== JSON.stringify(expected) || extent.offsetBytes !== at)
          throw new Error(`at ${at}: ${JSON.stringify(extent)}, expected ${JSON.stringify(expected)}`);
        at += extent.lengthBytes;
        if (at !== end) throw new Error(`an extent ends at ${at}, expected ${end}`);
      }
      const chunk = random.below(chunkCount);
      writeDigest(digest, 0, chunk);
      if (index.chunkNumber(digest) !== chunk || index.chunkDigest(chunk) !== digest.toString("hex"))
        throw new Error(`chunk ${chunk} is not found by its digest`);
      if (index.chunkNumber(digestBytesOf(digest)) !== -1) throw new Error("found a chunk that is not there");
      if (i % 2500 === 0) sample();
    }
    clearInterval(timer);
    index.close();
    expect(() => index.chunkDigest(0)).toThrow(/was dropped/);
    expect(peak - before).toBeLessThan(memoryBytesMax);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
