import { isDvceError } from "@dvce/api";
import fc from "fast-check";
import { digestBytesOf } from "../digest/digest";
import { IndexBuilder } from "../index/index-builder";
import { ChunkBitmap } from "./bitmap";

const bitsOf = (bits: readonly boolean[]) => {
  const bitmap = new ChunkBitmap(bits.length);
  bits.forEach((bit, i) => bit && bitmap.set(i));
  return bitmap;
};
const listOf = (bitmap: ChunkBitmap) => Array.from({ length: bitmap.length }, (_, i) => bitmap.has(i));

describe("ChunkBitmap", () => {
  it("behaves as a list of booleans and survives base64", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 200 }), (pairs) => {
        const left = bitsOf(pairs.map(([l]) => l));
        const right = bitsOf(pairs.map(([, r]) => r));
        expect(listOf(left)).toEqual(pairs.map(([l]) => l));
        expect(left.count()).toBe(pairs.filter(([l]) => l).length);
        expect(listOf(left.or(right))).toEqual(pairs.map(([l, r]) => l || r));
        expect(listOf(left.and(right))).toEqual(pairs.map(([l, r]) => l && r));
        expect(listOf(left.andNot(right))).toEqual(pairs.map(([l, r]) => l && !r));
        const cleared = left.or(right);
        pairs.forEach(([, r], i) => r && cleared.clear(i));
        expect(listOf(cleared)).toEqual(listOf(left.andNot(right)));
        expect(listOf(ChunkBitmap.fromBase64(left.toBase64(), left.length))).toEqual(listOf(left));
      }),
    );
  });

  it("puts bit i at bit i mod 8, least significant first, of byte i div 8", () => {
    expect(bitsOf([true, false, false, false, false, false, false, false, false, true]).toBase64()).toBe(
      Buffer.from([1, 2]).toString("base64"),
    );
  });

  it.each([
    ["too short", "AA==", 9],
    ["too long", "AAAA", 9],
    ["with unused bits set", Buffer.from([0xff]).toString("base64"), 7],
    ["that is no base64", "!!!!", 16],
    ["with bytes for no bits", "AA==", 0],
  ])("refuses text %s", (_, text, length) => {
    expect(() => ChunkBitmap.fromBase64(text, length)).toThrow(/does not fit an index/);
    try {
      ChunkBitmap.fromBase64(text, length);
    } catch (error) {
      expect(isDvceError(error, "DVCE_INPUT_INVALID")).toBe(true);
    }
  });

  it("counts missing bytes from another bitmap's as it does afresh, and tells bitmaps apart", () => {
    const builder = new IndexBuilder(200 * 4096);
    for (let i = 0; i < 200; i++) {
      const extent = { offsetBytes: i * 4096, offsetInChunk: 0, lengthBytes: 4096 };
      builder.add(digestBytesOf(Buffer.from([i])), 4096 + i, extent);
    }
    const index = builder.build();
    const bits = fc.array(fc.boolean(), { minLength: 200, maxLength: 200 }).map(bitsOf);
    fc.assert(
      fc.property(bits, bits, (one, other) => {
        const missing = listOf(one).reduce((sum, bit, i) => sum + (bit ? 0 : 4096 + i), 0);
        expect(one.missingBytes(index)).toBe(missing);
        expect(one.missingBytesFrom(index, other, other.missingBytes(index))).toBe(missing);
        expect(one.fingerprint() === other.fingerprint()).toBe(one.toBase64() === other.toBase64());
        expect(one.fingerprint()).toBe(one.or(one).fingerprint());
      }),
    );
    expect(() => bitsOf([true]).missingBytesFrom(index, bitsOf([true]), 0)).toThrow(RangeError);
  });

  it("counts the bytes of chunks whose bit is not set", () => {
    const builder = new IndexBuilder(8192);
    [4096, 100].forEach((size, i) =>
      builder.add(digestBytesOf(Buffer.from([i])), size, {
        offsetBytes: i * 4096,
        offsetInChunk: 0,
        lengthBytes: size,
      }),
    );
    const index = builder.build();
    expect(bitsOf([false, false]).missingBytes(index)).toBe(4196);
    expect(bitsOf([true, false]).missingBytes(index)).toBe(100);
    expect(() => new ChunkBitmap(3).missingBytes(index)).toThrow(RangeError);
  });
});
