import { randomFillSync } from "node:crypto";
import { constants } from "node:fs";
import { mkdtemp, open, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { pageAlignedMemory } from "../ingest/page-aligned-memory";
import { ImageFile } from "./image-file";

const mebibyte = 1024 * 1024;
const sizeBytes = 3 * mebibyte + 12_345;

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "dvce-image-file-"))));
afterAll(() => rm(folder, { recursive: true }));

/** A file that is not in the page cache, where its file system can do that. */
async function uncachedFile(): Promise<string> {
  const path = join(folder, "image");
  const memory = Buffer.from(pageAlignedMemory(4 * mebibyte));
  // In two steps: what is random is not written to shared memory.
  randomFillSync(Buffer.alloc(memory.length)).copy(memory);
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
  const file = await open(path, flags | constants.O_DIRECT).catch(() => open(path, flags));
  await file.write(memory);
  await file.close();
  await truncate(path, sizeBytes);
  return path;
}

it("reads once the same as any other way, wherever the bytes are and whatever the memory", async () => {
  const path = await uncachedFile();
  const file = await ImageFile.open(path);
  const aligned = Buffer.from(pageAlignedMemory(4 * mebibyte));
  const reads = fc.record({
    isAligned: fc.boolean(),
    block: fc.nat(Math.floor(sizeBytes / 4096)),
    shift: fc.constantFrom(0, 0, 0, 512, 77),
    lengthBytes: fc.integer({ min: 1, max: sizeBytes }),
  });
  const seen: { target: Buffer; offsetBytes: number }[] = [];
  await fc.assert(
    fc.asyncProperty(reads, async ({ isAligned, block, shift, lengthBytes }) => {
      const offsetBytes = Math.min(sizeBytes - 1, block * 4096 + shift);
      const memory = isAligned ? aligned : Buffer.alloc(lengthBytes);
      const target = memory.subarray(0, Math.min(lengthBytes, sizeBytes - offsetBytes));
      await file.readOnce(offsetBytes, target);
      seen.push({ target: Buffer.from(target), offsetBytes });
    }),
    { numRuns: 40 },
  );
  await file.close();
  const bytes = await readFile(path); // last, since it brings the file into the page cache
  for (const { target, offsetBytes } of seen) {
    expect(target.equals(bytes.subarray(offsetBytes, offsetBytes + target.length))).toBe(true);
  }
});

it("says that a file became shorter, past the page cache too", async () => {
  const path = await uncachedFile();
  const file = await ImageFile.open(path);
  await truncate(path, mebibyte);
  const read = file.readOnce(0, Buffer.from(pageAlignedMemory(2 * mebibyte)));
  await expect(read).rejects.toMatchObject({ code: "DVCE_IMAGE_CHANGED" });
  await file.close();
});
