import { isDvceError } from "@dvce/api";
import { cutRun, defaultChunking, digestBytesOf, digestOf, encodeChunk, IndexBuilder } from "@dvce/image";
import fc from "fast-check";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { Caibx, ChunkDirectory, encodeCaibx, imageChunks, indexOfCaibx, madeChunks, zeroDigest } from ".";

const block = 4096;

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of source) all.push(one);
  return all;
}

/** Chunk `kind` is (kind + 1) · 3 blocks of its own number, the last part of a chunk of a kind varies. */
const dataOf = (kind: number) => Buffer.alloc((kind + 1) * 3 * block, kind + 1);

interface Part {
  readonly kind: number;
  readonly gapBlocks: number;
  readonly fromBlock: number;
  readonly blocks: number;
}

/** An image of whole chunks, parts of chunks and holes, and the bytes that it stands for. */
function imageOf(parts: readonly Part[], tailBytes: number) {
  let at = 0;
  const placed = parts.map(({ kind, gapBlocks, fromBlock, blocks }) => {
    const all = (kind + 1) * 3;
    const from = fromBlock % all;
    const lengthBytes = Math.min(blocks, all - from) * block;
    const offsetBytes = at + gapBlocks * block;
    at = offsetBytes + lengthBytes;
    return { kind, offsetBytes, offsetInChunk: from * block, lengthBytes };
  });
  const bytes = Buffer.alloc(at + tailBytes);
  const builder = new IndexBuilder(bytes.length);
  for (const { kind, ...extent } of placed) {
    const data = dataOf(kind);
    builder.add(digestBytesOf(data), data.length, extent);
    data.copy(bytes, extent.offsetBytes, extent.offsetInChunk, extent.offsetInChunk + extent.lengthBytes);
  }
  return { index: builder.build(), bytes };
}

const images = fc
  .tuple(
    fc.array(
      fc.record({
        kind: fc.nat(4),
        gapBlocks: fc.oneof(fc.constant(0), fc.nat(200)),
        fromBlock: fc.oneof(fc.constant(0), fc.nat(14)),
        blocks: fc.oneof(fc.constant(99), fc.integer({ min: 1, max: 15 })),
      }),
      { minLength: 1, maxLength: 20 },
    ),
    fc.nat(3 * block),
  )
  .map(([parts, tailBytes]) => imageOf(parts, tailBytes));

const readerOf = (bytes: Buffer) => async (offset: number, length: number) =>
  Buffer.from(bytes.subarray(offset, offset + length));

describe("imageChunks", () => {
  it("covers the image without gaps, each chunk with the digest of its bytes", async () => {
    await fc.assert(
      fc.asyncProperty(images, async ({ index, bytes }) => {
        let at = 0;
        for await (const chunk of imageChunks(index, readerOf(bytes))) {
          expect(chunk.offsetBytes).toBe(at);
          at += chunk.sizeBytes;
          expect(chunk.digest.toString("hex")).toBe(digestOf(bytes.subarray(chunk.offsetBytes, at)));
        }
        expect(at).toBe(bytes.length);
      }),
      { numRuns: 60 },
    );
  });

  it("makes every chunk that is not stored, and reads nothing where all are whole", async () => {
    await fc.assert(
      fc.asyncProperty(images, async ({ index, bytes }) => {
        const all = await collect(imageChunks(index, readerOf(bytes)));
        const wanted = new Set(
          all.filter(({ stored }) => !stored).map(({ digest }) => digest.toString("hex")),
        );
        const made = new Set<string>();
        for await (const { digest, offsetBytes, sizeBytes, stored } of madeChunks(index, readerOf(bytes))) {
          expect(stored).toBe(false);
          expect(digest.toString("hex")).toBe(digestOf(bytes.subarray(offsetBytes, offsetBytes + sizeBytes)));
          made.add(digest.toString("hex"));
        }
        expect(made).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
    const whole = imageOf([{ kind: 1, gapBlocks: 7, fromBlock: 0, blocks: 99 }], 100);
    const never = async () => Promise.reject(new Error("read"));
    const zeroBytes = [7 * block, 100];
    expect((await collect(madeChunks(whole.index, never))).map(({ sizeBytes }) => sizeBytes)).toEqual(
      zeroBytes,
    );
  });
});

describe("a .caibx", () => {
  const encode = async ({ index, bytes }: ReturnType<typeof imageOf>) =>
    Buffer.concat(await collect(encodeCaibx(index.chunking, imageChunks(index, readerOf(bytes)))));

  it("comes back as it was written, and as an index of the same chunks with its zeros as holes", async () => {
    await fc.assert(
      fc.asyncProperty(images, async (image) => {
        const caibx = Caibx.decode(await encode(image));
        const chunks = await collect(imageChunks(image.index, readerOf(image.bytes)));
        expect(caibx.sizeBytes).toBe(image.bytes.length);
        expect(caibx.chunkCount).toBe(chunks.length);
        chunks.forEach(({ digest, offsetBytes, sizeBytes }, i) => {
          expect(caibx.digest(i).equals(digest)).toBe(true);
          expect(caibx.endBytes(i)).toBe(offsetBytes + sizeBytes);
        });
        const index = indexOfCaibx(caibx);
        expect(index.sizeBytes).toBe(image.bytes.length);
        for (const { chunk, offsetBytes, lengthBytes } of index.extents(0, index.sizeBytes)) {
          const bytes = image.bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
          if (chunk < 0) expect(bytes.equals(Buffer.alloc(lengthBytes))).toBe(true);
          else expect(index.chunkDigest(chunk)).toBe(digestOf(bytes));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("of an image of whole chunks gives that image's own chunks back", async () => {
    const data = Buffer.alloc(40 * block);
    for (let i = 0; i < data.length; i += 4) data.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
    const builder = new IndexBuilder(data.length + 300 * block + 9);
    cutRun(data, defaultChunking, (from, to) => {
      const chunk = data.subarray(from, to);
      const extent = { offsetBytes: from, offsetInChunk: 0, lengthBytes: to - from };
      builder.add(digestBytesOf(chunk), chunk.length, extent);
    });
    const index = builder.build();
    const never = async () => Promise.reject(new Error("read"));
    const caibx = Buffer.concat(await collect(encodeCaibx(index.chunking, imageChunks(index, never))));
    expect(indexOfCaibx(Caibx.decode(caibx)).version).toBe(index.version);
  });

  const parts = [0, 1, 0].map((kind) => ({ kind, gapBlocks: 2, fromBlock: 0, blocks: 99 }));
  it.each<[string, RegExp, (bytes: Buffer) => Buffer | number]>([
    [
      "SHA-512/256",
      /casync make --digest=sha256/,
      (bytes) => bytes.writeBigUInt64LE(0xb000000000000000n, 16),
    ],
    ["no bytes", /only 0 bytes/, () => Buffer.alloc(0)],
    ["another type", /does not start as one/, (bytes) => bytes.writeUInt8(0, 8)],
    ["a torn end", /do not divide|not end as one/, (bytes) => bytes.subarray(0, -40)],
    ["a torn chunk", /do not divide/, (bytes) => bytes.subarray(0, -41)],
    ["a wrong table size", /not end as one/, (bytes) => bytes.writeBigUInt64LE(7n, bytes.length - 16)],
    ["trailing bytes", /do not divide|not end as one/, (bytes) => Buffer.concat([bytes, Buffer.alloc(40)])],
    ["offsets that shrink", /not after the one before/, (bytes) => bytes.writeBigUInt64LE(1n, 64 + 40)],
    ["a huge offset", /past any image/, (bytes) => bytes.writeBigUInt64LE(2n ** 63n, 64)],
    ["a large chunk", /--chunk-size=16384:65536:262144/, (bytes) => bytes.writeBigUInt64LE(262145n, 64)],
    ["sizes that do not grow", /do not grow/, (bytes) => bytes.writeBigUInt64LE(0n, 24)],
  ])("is refused with %s", async (_, reason, change) => {
    const bytes = await encode(imageOf(parts, 0));
    const changed = change(bytes);
    try {
      Caibx.decode(Buffer.isBuffer(changed) ? changed : bytes);
      throw new Error("it was taken");
    } catch (error) {
      expect(isDvceError(error, "DVCE_CAIBX_INVALID")).toBe(true);
      expect((error as Error).message).toMatch(reason);
    }
  });

  it("that gives one digest two sizes, or describes nothing, becomes no index", async () => {
    async function* chunks(sizes: readonly number[]) {
      for (const sizeBytes of sizes) yield { digest: digestBytesOf(Buffer.from("x")), sizeBytes };
    }
    const caibxOf = async (...sizes: number[]) =>
      Caibx.decode(Buffer.concat(await collect(encodeCaibx(defaultChunking, chunks(sizes)))));
    const twice = await caibxOf(5, 6);
    expect(() => indexOfCaibx(twice)).toThrow(/5 bytes in one place and 6 in another/);
    const empty = await caibxOf();
    expect(() => indexOfCaibx(empty)).toThrow(/no bytes at all/);
  });
});

it("knows the digests of zeros", () => {
  expect(zeroDigest(block).toString("hex")).toBe(digestOf(Buffer.alloc(block)));
  expect(zeroDigest(1).toString("hex")).toBe(digestOf(Buffer.alloc(1)));
});

describe("a chunk store in a directory", () => {
  const data = Buffer.alloc(20_000, "data ");
  const { digest, payload } = encodeChunk(data);
  let folder: string;
  let store: ChunkDirectory;
  const put = async (suffix: string, bytes: Buffer) => {
    await mkdir(join(folder, digest.slice(0, 4)), { recursive: true });
    await writeFile(join(folder, digest.slice(0, 4), digest + suffix), bytes);
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "dvce-castr-"));
    store = await ChunkDirectory.open(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("gives a compressed chunk as it is, and a plain one compressed", async () => {
    await put("", data);
    expect((await store.read(digest, data.length)).payload.equals(payload)).toBe(true);
    const other = zstdCompressSync(data, { params: {} });
    await put(".cacnk", other);
    expect((await store.read(digest, data.length)).payload.equals(other)).toBe(true);
  });

  it("takes a frame larger than its chunk for the chunk itself", async () => {
    const tiny = Buffer.from("x");
    const frame = zstdCompressSync(tiny);
    await mkdir(join(folder, digestOf(tiny).slice(0, 4)));
    await writeFile(join(folder, digestOf(tiny).slice(0, 4), `${digestOf(tiny)}.cacnk`), frame);
    expect(await store.read(digestOf(tiny), 1)).toMatchObject({ codec: "raw", payload: tiny });
  });

  it.each<[string, Buffer, string, RegExp]>([
    ["other bytes", zstdCompressSync(Buffer.alloc(20_000, "dat")), "DVCE_CHUNK_CORRUPT", /have the digest/],
    ["a bomb", zstdCompressSync(Buffer.alloc(1 << 26)), "DVCE_CHUNK_CORRUPT", /does not decompress to 20000/],
    ["no frame", Buffer.from("nothing"), "DVCE_CHUNK_CORRUPT", /does not decompress/],
    ["xz", Buffer.from("fd377a585a0000", "hex"), "DVCE_INPUT_INVALID", /--compression=zstd/],
    ["gzip", Buffer.from("1f8b080000", "hex"), "DVCE_INPUT_INVALID", /--compression=zstd/],
    ["a huge file", Buffer.alloc(1 << 20), "DVCE_CHUNK_CORRUPT", /more than any chunk/],
  ])("refuses %s", async (_, bytes, code, message) => {
    await put(".cacnk", bytes);
    await expect(store.read(digest, data.length)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  it("says what is missing", async () => {
    await expect(store.read(digest, 5)).rejects.toMatchObject({ code: "DVCE_CHUNK_MISSING" });
    await expect(ChunkDirectory.open(join(folder, "none"))).rejects.toMatchObject({
      code: "DVCE_INPUT_INVALID",
    });
  });
});
