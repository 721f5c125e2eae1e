import { randomBytes } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
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
});
