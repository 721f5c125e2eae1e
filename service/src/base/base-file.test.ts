import { digestOf, IndexBuilder } from "@dvce/image";
import fc from "fast-check";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BaseFile } from "./base-file";

const block = 4096;

/** An image of data, holes, a chunk that appears twice and part of a chunk; and the bytes it stands for. */
function sample() {
  const chunks = Array.from({ length: 12 }, (_, i) => Buffer.alloc((1 + (i % 3)) * block, i + 1));
  const image = Buffer.alloc(60 * block);
  const builder = new IndexBuilder(image.length);
  const numbers: Buffer[] = [];
  let at = 0;
  const add = (chunk: Buffer, offsetInChunk: number, lengthBytes: number) => {
    const isNew = builder.add(Buffer.from(digestOf(chunk), "hex"), chunk.length, {
      offsetBytes: at,
      offsetInChunk,
      lengthBytes,
    });
    if (isNew) numbers.push(chunk);
    chunk.copy(image, at, offsetInChunk, offsetInChunk + lengthBytes);
    at += lengthBytes;
  };
  chunks.forEach((chunk, i) => {
    add(chunk, 0, chunk.length);
    if (i % 4 === 1) at += 2 * block;
  });
  for (const chunk of chunks.slice(0, 2)) add(chunk, 0, chunk.length);
  const third = chunks[2];
  if (third) add(third, block, block);
  return { image, index: builder.build(), numbers };
}

describe("BaseFile", () => {
  const { image, index, numbers } = sample();
  let folder: string;
  let reads: number[];
  let writeErrors: unknown[];

  const create = (readChunk?: (chunk: number) => Promise<Buffer>) =>
    BaseFile.create({
      path: join(folder, "base.raw"),
      index,
      readChunk:
        readChunk ??
        (async (chunk) => {
          reads.push(chunk);
          await new Promise((resolve) => setTimeout(resolve, chunk % 3));
          return numbers[chunk] ?? Buffer.alloc(0);
        }),
      onWriteFailed: (error) => writeErrors.push(error),
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dvce-base-"));
    reads = [];
    writeErrors = [];
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("answers what the image holds at any place, however reads overlap", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(image.length - 1), fc.integer({ min: 1, max: 12 * block })), {
          maxLength: 20,
        }),
        async (ranges) => {
          const file = await create();
          await Promise.all(
            ranges.map(async ([at, length]) => {
              const end = Math.min(at + length, image.length);
              expect((await file.read(at, end - at)).equals(image.subarray(at, end))).toBe(true);
            }),
          );
          await file.close();
        },
      ),
      { numRuns: 60 },
    );
    expect(writeErrors).toEqual([]);
  });

  it("reads each chunk once while it is being filled, and never again afterwards", async () => {
    const file = await create();
    await Promise.all([file.read(0, image.length), file.read(0, image.length)]);
    expect([...reads].sort((a, b) => a - b)).toEqual(numbers.map((_, i) => i));
    await new Promise((resolve) => setTimeout(resolve, 50));
    reads = [];
    expect((await file.read(0, image.length)).equals(image)).toBe(true);
    expect(reads).toEqual([]);
    await file.close();
  });

  it("stays sparse where the image has holes and where nothing was read", async () => {
    const file = await create();
    await file.read(0, block);
    await file.close();
    const { blocks, size } = await stat(join(folder, "base.raw"));
    expect(size).toBe(image.length);
    expect(blocks * 512).toBeLessThan(image.length / 2);
  });

  it("fails only the reads whose chunk cannot be had, and tries again next time", async () => {
    let broken = true;
    const file = await create(async (chunk) => {
      if (chunk === 0 && broken) throw new Error("nobody has it");
      return numbers[chunk] ?? Buffer.alloc(0);
    });
    await expect(file.read(0, 3 * block)).rejects.toThrow("nobody has it");
    expect((await file.read(block, block)).equals(image.subarray(block, 2 * block))).toBe(true);
    broken = false;
    expect((await file.read(0, 3 * block)).equals(image.subarray(0, 3 * block))).toBe(true);
    await file.close();
  });
});
