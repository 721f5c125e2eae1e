import { isDvceError } from "@dvce/api";
import fc from "fast-check";
import { digestBytesOf, digestOf } from "../digest/digest";
import { chunkRecordSizeBytes, extentRecordSizeBytes, fieldOffset, headerSizeBytes } from "./format";
import { ImageIndex } from "./image-index";
import { IndexBuilder } from "./index-builder";

interface Piece {
  readonly kind: number;
  readonly gapBytes: number;
  readonly inChunk: number;
  readonly lengthBytes: number;
}

/** Chunk `kind` has 1000·(kind + 1) bytes. Extents take any part of a chunk, as a snapshot's do. */
const pieces = fc.array(
  fc.record({
    kind: fc.nat(5),
    gapBytes: fc.oneof(fc.constant(0), fc.nat(5000)),
    inChunk: fc.nat(400),
    lengthBytes: fc.integer({ min: 1, max: 600 }),
  }),
  { maxLength: 40 },
);

function build(list: readonly Piece[], tailBytes = 0) {
  let at = 0;
  const placed = list.map((piece) => {
    const offsetBytes = at + piece.gapBytes;
    at = offsetBytes + piece.lengthBytes;
    return { ...piece, offsetBytes };
  });
  const builder = new IndexBuilder(at + tailBytes);
  for (const { kind, offsetBytes, inChunk, lengthBytes } of placed) {
    builder.add(digestBytesOf(Buffer.from([kind])), 1000 * (kind + 1), {
      offsetBytes,
      offsetInChunk: inChunk,
      lengthBytes,
    });
  }
  return { index: builder.build(), placed, sizeBytes: at + tailBytes };
}

describe("ImageIndex", () => {
  it("decodes to what was encoded, under a version that is the digest of its bytes", () => {
    fc.assert(
      fc.property(pieces, fc.nat(9000), (list, tail) => {
        const { index, sizeBytes } = build(list, tail);
        const again = ImageIndex.decode(Buffer.from(index.encode()));
        expect(again.version).toBe(digestOf(index.encode()));
        expect(again.sizeBytes).toBe(sizeBytes);
        expect(again.chunks).toEqual(index.chunks);
        const kinds = [...new Set(list.map(({ kind }) => kind))];
        expect(again.chunks.map(({ digest }) => digest)).toEqual(
          kinds.map((kind) => digestOf(Buffer.from([kind]))),
        );
        expect(again.dataBytes).toBe(kinds.reduce((sum, kind) => sum + 1000 * (kind + 1), 0));
      }),
    );
  });

  it("covers any range exactly, as a byte by byte model does", () => {
    fc.assert(
      fc.property(pieces, fc.nat(3000), fc.nat(), fc.nat(), (list, tail, a, b) => {
        const { index, placed, sizeBytes } = build(list, tail);
        const from = a % (sizeBytes + 1);
        const length = b % (sizeBytes - from + 1);
        const model: string[] = Array.from({ length: sizeBytes }, () => "hole");
        for (const { kind, offsetBytes, inChunk, lengthBytes } of placed) {
          for (let i = 0; i < lengthBytes; i++)
            model[offsetBytes + i] = `${digestOf(Buffer.from([kind]))}+${inChunk + i}`;
        }
        const found: string[] = [];
        let at = from;
        for (const extent of index.extents(from, length)) {
          expect(extent.offsetBytes).toBe(at);
          expect(extent.lengthBytes).toBeGreaterThan(0);
          at += extent.lengthBytes;
          for (let i = 0; i < extent.lengthBytes; i++) {
            const chunk = index.chunks[extent.chunk];
            found.push(chunk === undefined ? "hole" : `${chunk.digest}+${extent.offsetInChunk + i}`);
          }
        }
        const wanted = model.slice(from, from + length);
        expect(found).toEqual(wanted);

        const stretches = [...index.stretches(from, length)];
        expect(stretches.flatMap(({ lengthBytes, hole }) => Array<boolean>(lengthBytes).fill(hole))).toEqual(
          wanted.map((each) => each === "hole"),
        );
        stretches.forEach(({ offsetBytes, lengthBytes, hole }, i) => {
          const next = stretches[i + 1] ?? { offsetBytes: from + length, hole: !hole };
          expect(next).toMatchObject({ offsetBytes: offsetBytes + lengthBytes, hole: !hole });
        });

        const { first, end } = index.extentRange(from, length);
        const touching = placed.flatMap(({ offsetBytes, lengthBytes }, i) =>
          offsetBytes + lengthBytes > from && offsetBytes < from + length ? [i] : [],
        );
        expect(Array.from({ length: end - first }, (_, i) => first + i)).toEqual(touching);
      }),
      { numRuns: 60 },
    );
  });

  it("refuses ranges outside the image", () => {
    const { index } = build([], 100);
    expect(() => [...index.extents(0, 101)]).toThrow(RangeError);
    expect(() => [...index.extents(-1, 1)]).toThrow(RangeError);
    expect([...index.extents(100, 0)]).toEqual([]);
  });

  it("either refuses mutated bytes or still answers within bounds", () => {
    const { index } = build(
      [0, 1, 0, 2].map((kind) => ({ kind, gapBytes: 50, inChunk: 0, lengthBytes: 500 })),
      10,
    );
    fc.assert(
      fc.property(fc.nat(index.encode().length - 1), fc.nat(255), (at, value) => {
        const bytes = Buffer.from(index.encode());
        bytes[at] = value;
        try {
          const mutated = ImageIndex.decode(bytes);
          for (const extent of mutated.extents(0, mutated.sizeBytes)) {
            if (extent.chunk < 0) continue;
            expect(extent.offsetInChunk + extent.lengthBytes).toBeLessThanOrEqual(
              mutated.chunkSizeBytes(extent.chunk),
            );
          }
        } catch (error) {
          expect(isDvceError(error, "DVCE_INDEX_INVALID")).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });

  const { index: good } = build(
    [0, 1].map((kind) => ({ kind, gapBytes: 0, inChunk: 0, lengthBytes: 500 })),
    24,
  );
  const extents = headerSizeBytes + 2 * chunkRecordSizeBytes;
  const second = extents + extentRecordSizeBytes;
  it.each<[string, RegExp, (bytes: Buffer) => Buffer | number]>([
    ["a shorter header", /fewer than its header/, (bytes) => bytes.subarray(0, 20)],
    ["another magic", /does not start with/, (bytes) => bytes.writeUInt8(0, 0)],
    ["another version", /format version 2/, (bytes) => bytes.writeUInt16LE(2, fieldOffset.formatVersion)],
    ["another algorithm", /algorithm 9/, (bytes) => bytes.writeUInt16LE(9, fieldOffset.algorithm)],
    [
      "a block that is no power of two",
      /power of two/,
      (bytes) => bytes.writeUInt32LE(4097, fieldOffset.blockSize),
    ],
    [
      "a minimum above the maximum",
      /out of bounds/,
      (bytes) => bytes.writeUInt32LE(65, fieldOffset.chunkBlocksMin),
    ],
    [
      "a segment that divides a block",
      /segment of/,
      (bytes) => bytes.writeUInt32LE(4097, fieldOffset.segmentSize),
    ],
    ["a huge image", /too large/, (bytes) => bytes.writeBigUInt64LE(2n ** 60n, fieldOffset.imageSize)],
    ["files without their algorithm", /do not go/, (bytes) => bytes.writeUInt16LE(1, fieldOffset.algorithm)],
    [
      "an algorithm without its files",
      /do not go/,
      (bytes) => bytes.writeUInt32LE(0, fieldOffset.fileBlocksMin),
    ],
    ["files above the maximum", /do not go/, (bytes) => bytes.writeUInt32LE(65, fieldOffset.fileBlocksMin)],
    [
      "a huge chunk count",
      /take \d+ bytes/,
      (bytes) => bytes.writeUInt32LE(2 ** 32 - 1, fieldOffset.chunkCount),
    ],
    ["trailing bytes", /take \d+ bytes/, (bytes) => Buffer.concat([bytes, Buffer.alloc(1)])],
    ["bytes that must be zero", /must be zero/, (bytes) => bytes.writeUInt8(1, 60)],
    [
      "a chunk too large",
      /chunk 0 has 262145 bytes/,
      (bytes) => bytes.writeUInt32LE(262145, headerSizeBytes + 32),
    ],
    [
      "a chunk twice",
      /chunk 1 stands there twice/,
      (bytes) => bytes.copy(bytes, headerSizeBytes + 36, 64, 64 + 32),
    ],
    ["an overlap", /overlaps/, (bytes) => bytes.writeBigUInt64LE(499n, second)],
    ["an extent outside the image", /leaves the image/, (bytes) => bytes.writeBigUInt64LE(600n, second)],
    ["an extent past the image", /past the end/, (bytes) => bytes.writeBigUInt64LE(2n ** 63n, second)],
    ["an extent outside its chunk", /leaves chunk 0/, (bytes) => bytes.writeUInt32LE(501, extents + 12)],
    ["an empty extent", /leaves the image/, (bytes) => bytes.writeUInt32LE(0, extents + 16)],
    ["chunks out of order", /out of the order/, (bytes) => bytes.writeUInt32LE(1, extents + 8)],
    ["an unused chunk", /chunk 1 is used by no extent/, (bytes) => bytes.writeUInt32LE(0, second + 8)],
    ["an extent's spare bytes", /must be zero/, (bytes) => bytes.writeUInt32LE(1, extents + 20)],
  ])("refuses %s", (_, message, mutate) => {
    const bytes = Buffer.from(good.encode());
    const result = mutate(bytes);
    expect(() => ImageIndex.decode(typeof result === "number" ? bytes : result)).toThrow(message);
  });
});
