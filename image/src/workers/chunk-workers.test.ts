import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { DvceError } from "@dvce/api";
import fc from "fast-check";
import { cutRun } from "../chunking/cut";
import { defaultChunking } from "../chunking/parameters";
import { decodeChunk, encodeChunk, type EncodedChunk } from "../codec/codec";
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

it("encodes what shrinks, and keeps the rest, one after the other at the start of the data", async () => {
  const data = new SharedArrayBuffer(400_000);
  const bytes = Buffer.from(data);
  bytes.fill("compressible text ", 0, 300_000);
  randomBytes(65_536).copy(bytes, 120_000);
  const ranges = Uint32Array.from([0, 100_000, 120_000, 65_536, 200_000, 100_000]);
  const chunks = [0, 1, 2].map((i) => {
    const start = ranges[2 * i] ?? 0;
    return Buffer.from(bytes.subarray(start, start + (ranges[2 * i + 1] ?? 0)));
  });
  const { sizes, payloadCrcs } = await workers.encode(data, ranges);
  expect(sizes[1]).toBe(0);
  let at = 0;
  chunks.forEach((chunk, i) => {
    const size = sizes[i] ?? 0;
    const payload = Buffer.from(data, at, size === 0 ? chunk.length : size);
    expect(crc32(payload)).toBe(payloadCrcs[i]);
    const codec = size === 0 ? "raw" : "zstd";
    const encoded = { digest: digestOf(chunk), sizeBytes: chunk.length, codec, payload } as const;
    expect(decodeChunk(encoded).equals(chunk)).toBe(true);
    at += payload.length;
  });
});

it("refuses to encode ranges that are not in order", async () => {
  const data = new SharedArrayBuffer(1000);
  Buffer.from(randomBytes(1000)).copy(Buffer.from(data));
  await expect(workers.encode(data, Uint32Array.from([500, 500, 0, 500]))).rejects.toThrow("begins before");
});

it("decodes and verifies batches in order, and answers a damaged chunk with its error", async () => {
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
        const verified = await workers.verifyMany(chunks);
        expect(results).toHaveLength(chunks.length);
        expect(verified).toHaveLength(chunks.length);
        verified.forEach((result, i) => {
          const chunk = chunks[i];
          if (chunk === undefined || list[i]?.isDamaged === true) {
            expect(result instanceof DvceError && result.code).toBe("DVCE_CHUNK_CORRUPT");
          } else {
            expect(result).toEqual({ ...chunk, payloadCrc32: crc32(chunk.payload) });
          }
        });
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
