import { randomBytes } from "node:crypto";
import { DvceError } from "@dvce/api";
import fc from "fast-check";
import { cutRun } from "../chunking/cut";
import { defaultChunking } from "../chunking/parameters";
import { compressedSizeBytesMax, decodeChunk, encodeChunk, type EncodedChunk } from "../codec/codec";
import { digestOf } from "../digest/digest";
import { ChunkWorkers } from "./chunk-workers";

jest.setTimeout(30_000);

const workers = new ChunkWorkers({ workers: 2 });
afterAll(() => workers.close());

it("cuts and hashes as the calling thread does, at any place of the buffer", async () => {
  const data = new SharedArrayBuffer(2 * 1024 * 1024);
  const bytes = Buffer.from(data);
  randomBytes(700_000).copy(bytes, 8192);
  randomBytes(300_000).copy(bytes, 1024 * 1024);
  const runs = [
    { offsetBytes: 4096, lengthBytes: 720_896 },
    { offsetBytes: 1024 * 1024, lengthBytes: 300_001 },
  ];
  const expected: string[] = [];
  for (const run of runs) {
    const part = bytes.subarray(run.offsetBytes, run.offsetBytes + run.lengthBytes);
    cutRun(part, defaultChunking, (start, end) => {
      expected.push(`${run.offsetBytes + start} ${end - start} ${digestOf(part.subarray(start, end))}`);
    });
  }
  const { ranges, digests } = await workers.cut(data, runs, defaultChunking);
  const actual = expected.map((_, i) => {
    const digest = Buffer.from(digests).toString("hex", i * 32, i * 32 + 32);
    return `${ranges[2 * i]} ${ranges[2 * i + 1]} ${digest}`;
  });
  expect(actual).toEqual(expected);
  expect(ranges).toHaveLength(2 * expected.length);
});

it("encodes what shrinks, one after the other, and leaves the rest", async () => {
  const data = new SharedArrayBuffer(400_000);
  const bytes = Buffer.from(data);
  bytes.fill("compressible text ", 0, 200_000);
  randomBytes(65_536).copy(bytes, 200_000);
  const encoded = new SharedArrayBuffer(400_000 + compressedSizeBytesMax);
  const ranges = Uint32Array.from([0, 100_000, 200_000, 65_536, 100_000, 100_000]);
  const { sizes } = await workers.encode(data, ranges, encoded);
  expect(sizes[1]).toBe(0);
  let at = 0;
  for (const i of [0, 2]) {
    const part = bytes.subarray(ranges[2 * i], (ranges[2 * i] ?? 0) + 100_000);
    const payload = Buffer.from(encoded, at, sizes[i]);
    const chunk = { digest: digestOf(part), sizeBytes: part.length, codec: "zstd", payload } as const;
    expect(decodeChunk(chunk).equals(part)).toBe(true);
    at += sizes[i] ?? 0;
  }
});

it("decodes batches in order, and answers a damaged chunk with its error", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
          times: fc.integer({ min: 1, max: 40 }),
          isDamaged: fc.boolean(),
        }),
        { maxLength: 12 },
      ),
      async (list) => {
        const data = list.map(({ bytes, times }) =>
          Buffer.concat(Array.from({ length: times }, () => bytes)),
        );
        const chunks = data.map((bytes, i): EncodedChunk => {
          const chunk = encodeChunk(bytes);
          return list[i]?.isDamaged === true ? { ...chunk, digest: digestOf(Buffer.alloc(0)) } : chunk;
        });
        const results = await workers.decodeMany(chunks);
        expect(results).toHaveLength(chunks.length);
        results.forEach((result, i) => {
          if (list[i]?.isDamaged === true) {
            expect(result instanceof DvceError && result.code).toBe("DVCE_CHUNK_CORRUPT");
          } else {
            expect(Buffer.isBuffer(result) && result.equals(data[i] ?? Buffer.alloc(0))).toBe(true);
          }
        });
        // The caller's payloads are his: they are not moved away.
        for (const chunk of chunks) expect(chunk.payload.length).toBeGreaterThan(0);
      },
    ),
    { numRuns: 40 },
  );
});
