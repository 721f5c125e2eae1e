import { randomBytes } from "node:crypto";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { isDvceError } from "@dvce/api";
import fc from "fast-check";
import { digestOf } from "../digest/digest";
import { decodeChunk, encodeChunk, encodeChunkAsync, type EncodedChunk } from "./codec";

function refusal(chunk: EncodedChunk): string {
  try {
    decodeChunk(chunk);
  } catch (error) {
    if (isDvceError(error, "DVCE_CHUNK_CORRUPT")) return error.message;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("codec", () => {
  it("gives back what went in, on either thread", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 4096 }), fc.nat(63), async (bytes, times) => {
        const data = Buffer.concat(Array.from({ length: times + 1 }, () => bytes));
        const chunk = encodeChunk(data);
        expect(decodeChunk(chunk).equals(data)).toBe(true);
        expect(chunk).toEqual(await encodeChunkAsync(data));
        expect(chunk.payload.length).toBeLessThanOrEqual(data.length);
      }),
      { numRuns: 60 },
    );
  });

  it("keeps what does not shrink as it is", () => {
    const data = randomBytes(65536);
    expect(encodeChunk(data)).toEqual({
      digest: digestOf(data),
      sizeBytes: 65536,
      codec: "raw",
      payload: data,
    });
  });

  it("refuses to decompress beyond the declared size", () => {
    const bomb = Buffer.alloc(256 * 1024);
    const payload = zstdCompressSync(bomb);
    const chunk: EncodedChunk = { digest: digestOf(bomb), sizeBytes: 1000, codec: "zstd", payload };
    expect(refusal(chunk)).toMatch(/does not decompress to 1000 bytes/);
    expect(refusal({ ...chunk, sizeBytes: 2 ** 30 })).toMatch(/declares 1073741824 bytes/);
  });

  it("refuses a wrong size, wrong bytes and a wrong digest", () => {
    const data = Buffer.alloc(5000, "a line of text\n");
    const chunk = encodeChunk(data);
    expect(refusal({ ...chunk, sizeBytes: 5001 })).toMatch(/declares 5001 bytes and holds 5000/);
    expect(refusal({ ...chunk, digest: "0".repeat(64) })).toMatch(/its bytes have the digest/);
    expect(refusal({ ...chunk, payload: chunk.payload.subarray(1) })).toMatch(/does not decompress/);
    expect(refusal({ ...chunk, codec: "raw" })).toMatch(/declares 5000 bytes and holds/);
  });

  it("judges every chunk alike, whatever damaged ones came before it", () => {
    const damage = fc.constantFrom(
      (chunk: EncodedChunk) => chunk,
      (chunk: EncodedChunk) => ({ ...chunk, payload: chunk.payload.subarray(0, -1) }),
      (chunk: EncodedChunk) => ({ ...chunk, payload: chunk.payload.subarray(0, chunk.payload.length >> 1) }),
      (chunk: EncodedChunk) => ({ ...chunk, payload: Buffer.concat([chunk.payload, chunk.payload]) }),
      (chunk: EncodedChunk) => ({ ...chunk, payload: Buffer.alloc(0) }),
      (chunk: EncodedChunk) => ({ ...chunk, sizeBytes: chunk.sizeBytes - 1 }),
      (chunk: EncodedChunk) => ({ ...chunk, sizeBytes: chunk.sizeBytes + 1 }),
    );
    const one = fc.record({
      text: fc.string({ minLength: 1 }),
      times: fc.integer({ min: 100, max: 2000 }),
      damage,
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (list) => {
        for (const { text, times, damage } of list) {
          const data = Buffer.from(text.repeat(times)).subarray(0, 200_000);
          const chunk = encodeChunk(data);
          const given = damage(chunk);
          if (given === chunk) expect(decodeChunk(given).equals(data)).toBe(true);
          else if (given.payload.length <= chunk.payload.length)
            expect(refusal(given)).toContain(chunk.digest);
          else expect(decodeChunk(given).equals(data)).toBe(true); // what follows a frame is not looked at
        }
      }),
      { numRuns: 200 },
    );
  });

  it("compresses as the documented call does, with any size after any other", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 256 * 1024 }), { maxLength: 5 }),
        fc.nat(255),
        (sizes, seed) => {
          for (const size of sizes) {
            const data = Buffer.allocUnsafe(size);
            for (let i = 0; i < size; i++) data[i] = (i * i * seed) >> 8;
            const { payload, codec } = encodeChunk(data);
            if (codec === "zstd") expect(zstdDecompressSync(payload).equals(data)).toBe(true);
            else expect(payload).toBe(data);
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});
