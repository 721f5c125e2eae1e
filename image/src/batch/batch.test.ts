import { isDvceError } from "@dvce/api";
import fc from "fast-check";
import { encodeChunk, type EncodedChunk } from "../codec/codec";
import { decodeBatch, decodeBatchPieces, decodeBatchRecords, decodeBatchStream } from "./decode";
import { encodeBatch, encodeBatchRecords, encodeBatchStream } from "./encode";
import { batchChunkCountMax, batchSizeBytesMax } from "./format";

const chunks = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 20 })), {
    maxLength: 12,
  })
  .map((parts) =>
    parts.map(([bytes, times]) => encodeChunk(Buffer.concat(Array.from({ length: times }, () => bytes)))),
  );

async function* pieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let turn = 0;
  for (let at = 0; at < bytes.length;) {
    const size = sizes[turn++ % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function refusal(bytes: Buffer): Promise<string> {
  const messages: string[] = [];
  for (const decode of [
    async () => decodeBatch(bytes),
    () => collect(decodeBatchStream(pieces(bytes, [7]))),
  ]) {
    await decode().then(
      () => messages.push("it was accepted"),
      (error: unknown) => {
        if (!isDvceError(error, "DVCE_BATCH_INVALID")) throw error;
        messages.push(error.message);
      },
    );
  }
  expect(messages[0]).toBe(messages[1]);
  return messages[0] ?? "";
}

describe("batch", () => {
  it("gives back the chunks that went in, whole or in pieces of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        chunks,
        fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 5 }),
        async (list, sizes) => {
          const bytes = encodeBatch(list);
          expect(Buffer.concat(await collect(encodeBatchStream(list))).equals(bytes)).toBe(true);
          expect(decodeBatch(bytes)).toEqual(list);
          expect(await collect(decodeBatchStream(pieces(bytes, sizes)))).toEqual(list);
          expect((await collect(decodeBatchPieces(pieces(bytes, sizes)))).flat()).toEqual(list);
          expect(decodeBatchRecords(encodeBatchRecords(list))).toEqual(list);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("refuses every batch that was cut off", async () => {
    const bytes = encodeBatch([encodeChunk(Buffer.from("one")), encodeChunk(Buffer.alloc(500, 1))]);
    for (let size = 0; size < bytes.length; size++)
      expect(await refusal(bytes.subarray(0, size))).toMatch(/cut off/);
  });

  it("either refuses mutated bytes or still gives well-formed chunks", () => {
    const bytes = encodeBatch([encodeChunk(Buffer.from("one")), encodeChunk(Buffer.alloc(500, 1))]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const mutated = Buffer.from(bytes);
        mutated[at] = value;
        let decoded: EncodedChunk[];
        try {
          decoded = decodeBatch(mutated);
        } catch (error) {
          expect(isDvceError(error, "DVCE_BATCH_INVALID")).toBe(true);
          return;
        }
        for (const chunk of decoded) expect(chunk.payload.length).toBeLessThanOrEqual(chunk.sizeBytes);
      }),
      { numRuns: 2000 },
    );
  });

  it("names what is wrong", async () => {
    const good = encodeBatch([encodeChunk(Buffer.from("one"))]);
    const change = (at: number, ...values: number[]) => {
      const bytes = Buffer.from(good);
      values.forEach((value, i) => (bytes[at + i] = value));
      return bytes;
    };
    expect(await refusal(change(0, 0x58))).toMatch(/does not start with/);
    expect(await refusal(change(8, 3))).toMatch(/codec 3 is not known/);
    expect(await refusal(change(9, 1))).toMatch(/must be zero/);
    expect(await refusal(change(12, 0, 0, 0, 1))).toMatch(/a chunk of 16777216 bytes/);
    expect(await refusal(change(16, 9))).toMatch(/9 bytes of payload for a chunk of 3/);
    expect(await refusal(change(good.length - 4, 2))).toMatch(/announces 2 chunks and holds 1/);
    expect(await refusal(Buffer.concat([good, Buffer.alloc(1)]))).toMatch(/bytes follow its end/);
  });

  it("gives the chunks before what is wrong with a piece", async () => {
    const bytes = encodeBatch([encodeChunk(Buffer.from("one")), encodeChunk(Buffer.from("two"))]);
    bytes.writeUInt8(9, 8 + 44 + 3);
    const got: EncodedChunk[] = [];
    const reading = async (): Promise<void> => {
      for await (const chunks of decodeBatchPieces(pieces(bytes, [1000]))) got.push(...chunks);
    };
    await expect(reading()).rejects.toThrow(/codec 9/);
    expect(got).toEqual([encodeChunk(Buffer.from("one"))]);
  });

  it("refuses records that were cut off", () => {
    const records = encodeBatchRecords([encodeChunk(Buffer.from("one"))]);
    for (let size = 1; size < records.length; size++)
      expect(() => decodeBatchRecords(records.subarray(0, size))).toThrow(/cut off/);
  });

  it("bounds chunks and bytes on both sides", async () => {
    const tiny = encodeChunk(Buffer.from("x"));
    expect(() => encodeBatch(Array.from({ length: batchChunkCountMax + 1 }, () => tiny))).toThrow(RangeError);
    const many = Buffer.concat(
      await collect(encodeBatchStream(Array.from({ length: batchChunkCountMax + 1 }, () => tiny))),
    );
    expect(() => decodeBatch(many)).toThrow(/more than 4096 chunks/);
    const endless = (async function* () {
      yield encodeBatch([]).subarray(0, 8);
      for (;;) yield Buffer.concat([encodeBatch([encodeChunk(Buffer.alloc(262144, 1))])]).subarray(8, -8);
    })();
    await expect(collect(decodeBatchStream(endless))).rejects.toThrow(/more than/);
    expect(batchSizeBytesMax).toBe(64 * 1024 * 1024);
  });
});
