/**
 * Malformed indexes: mutations of valid ones, decoded in memory and, now and then, from a file. Whatever is accepted must be
 * what the format's rules allow (index-model.ts) and must answer within its bounds; whatever they allow must be accepted.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDvceError } from "@dvce/api";
import { type ChunkingParameters, defaultChunking, digestOf, ImageIndex, IndexBuilder } from "@dvce/image";
import { type ModelIndex, modelOf } from "./index-model";
import { fuzz } from "./support/fuzz";
import { mutate } from "./support/mutate";
import type { Random } from "../support/random";

jest.setTimeout(10 * 60_000);

/** Some chunks, repeats of them, parts of them and holes, as in an image and its snapshots. */
function sample(chunking: ChunkingParameters, extentCount: number): Buffer {
  const sizes = Array.from({ length: extentCount }, (_, i) => 4096 * (1 + ((i * 7) % 64)));
  const builder = new IndexBuilder(64 * 1024 * 1024, chunking);
  let at = 0;
  for (let i = 0; i < extentCount; i++) {
    const chunk = i % 5 === 4 ? i - 3 : i;
    const sizeBytes = sizes[chunk] ?? 4096;
    const isPart = i % 3 === 2 && sizeBytes > 4096;
    const digest = Buffer.from(digestOf(Buffer.from([chunk])), "hex");
    const offsetInChunk = isPart ? 1000 : 0;
    const lengthBytes = sizeBytes - 2 * offsetInChunk;
    if (i % 4 === 3) at += 12_345;
    builder.add(digest, sizeBytes, { offsetBytes: at, offsetInChunk, lengthBytes });
    at += lengthBytes;
  }
  return builder.build().encode();
}

const samples = [
  sample(defaultChunking, 24),
  sample({ ...defaultChunking, fileBlocksMin: 0 }, 6),
  sample(defaultChunking, 0),
] as const;

/** Throws unless the index says of itself what the model says. */
function compare(index: ImageIndex, model: ModelIndex): void {
  const wrong = (what: string) => new Error(`${what} differs from the model's`);
  if (index.version !== model.version) throw wrong("version");
  if (index.sizeBytes !== model.sizeBytes) throw wrong("size");
  if (index.chunkCount !== model.chunks.length || index.extentCount !== model.extents.length)
    throw wrong("count");
  let dataBytes = 0;
  model.chunks.forEach(({ digest, sizeBytes }, i) => {
    if (index.chunkDigest(i) !== digest || index.chunkSizeBytes(i) !== sizeBytes) throw wrong(`chunk ${i}`);
    if (index.chunkNumber(Buffer.from(digest, "hex")) !== i) throw wrong(`the number of chunk ${i}`);
    dataBytes += sizeBytes;
  });
  if (index.dataBytes !== dataBytes) throw wrong("data size");
  if (index.chunkNumber(Buffer.alloc(32, 0x5a)) !== -1)
    throw wrong("the number of a chunk that is not there");
  let at = 0;
  let number = 0;
  for (const extent of index.extents(0, index.sizeBytes)) {
    if (extent.offsetBytes !== at || extent.lengthBytes < 1) throw new Error(`a gap at ${at}`);
    at += extent.lengthBytes;
    if (extent.chunk < 0) continue;
    const expected = model.extents[number++];
    if (JSON.stringify(sorted(extent)) !== JSON.stringify(sorted(expected ?? {})))
      throw wrong(`extent ${number - 1}`);
    const sizeBytes = index.chunkSizeBytes(extent.chunk);
    if (extent.offsetInChunk + extent.lengthBytes > sizeBytes)
      throw new Error(`extent ${number - 1} leaves its chunk`);
    const [again] = index.extents(extent.offsetBytes, 1);
    if (again?.chunk !== extent.chunk) throw wrong(`the chunk found at ${extent.offsetBytes}`);
  }
  if (at !== model.sizeBytes || number !== model.extents.length) throw wrong("what the extents cover");
}

const sorted = (value: object) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));

type Decode = (bytes: Buffer) => ImageIndex;

/** The index, or undefined when it was refused in the way that it may be. */
function accepted(decode: () => ImageIndex): ImageIndex | undefined {
  try {
    return decode();
  } catch (error) {
    if (isDvceError(error, "DVCE_INDEX_INVALID")) return undefined;
    throw error;
  }
}

function attempt(decode: Decode): (random: Random) => void {
  return (random) => {
    const bytes = mutate(random, random.pick(samples), random.pick(samples));
    check(
      accepted(() => decode(bytes)),
      modelOf(bytes),
    );
  };
}

function check(index: ImageIndex | undefined, model: ModelIndex | undefined): void {
  if (index !== undefined && model === undefined) throw new Error("accepted against the rules");
  if (index === undefined && model !== undefined) throw new Error("refused although it keeps the rules");
  if (index !== undefined && model !== undefined) compare(index, model);
}

it("accepts what the rules allow, and nothing else", async () => {
  await fuzz({ suite: "index", attempt: attempt((bytes) => ImageIndex.decode(bytes)) });
});

it("does so from a file as well", async () => {
  const directory = mkdtempSync(join(tmpdir(), "dvce-fuzz-index-"));
  try {
    const path = join(directory, "index");
    await fuzz({
      suite: "index in a file",
      inputs: 10_000,
      attempt: async (random) => {
        const bytes = mutate(random, random.pick(samples), random.pick(samples));
        writeFileSync(path, bytes);
        let index: ImageIndex | undefined;
        try {
          index = await ImageIndex.open(path);
        } catch (error) {
          if (!isDvceError(error, "DVCE_INDEX_INVALID")) throw error;
        }
        check(index, modelOf(bytes));
        index?.close();
      },
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

describe("catches a decoder that", () => {
  const extentsStart = (bytes: Buffer) => 64 + 36 * bytes.readUInt32LE(40);
  const inBounds = (bytes: Buffer) =>
    bytes.length >= 64 && bytes.length === extentsStart(bytes) + 24 * bytes.readUInt32LE(44);

  /** Forgets a rule: what breaks it is mended while the index is checked, and put back afterwards. */
  const forgetting =
    (mend: (bytes: Buffer) => void): Decode =>
    (bytes) => {
      const mended = Buffer.from(bytes);
      if (inBounds(mended)) mend(mended);
      const index = ImageIndex.decode(mended);
      bytes.copy(mended);
      return index;
    };

  it.each<[string, Decode]>([
    [
      "lets extents leave their chunk",
      forgetting((bytes) => {
        for (let at = extentsStart(bytes); at < bytes.length; at += 24) bytes.writeUInt32LE(0, at + 12);
      }),
    ],
    [
      "lets a chunk stand there twice",
      forgetting((bytes) => {
        for (let at = 64, i = 0; at < extentsStart(bytes); at += 36, i++) bytes.writeUInt32LE(i, at);
      }),
    ],
    [
      "lets a chunk be larger than any may be",
      forgetting((bytes) => {
        for (let at = 64; at < extentsStart(bytes); at += 36)
          bytes.writeUInt32LE(Math.min(262144, bytes.readUInt32LE(at + 32)), at + 32);
      }),
    ],
    [
      "crashes on a short header",
      (bytes) => {
        bytes.readUInt32LE(60);
        return ImageIndex.decode(bytes);
      },
    ],
    [
      "refuses extents that touch",
      (bytes) => {
        const index = ImageIndex.decode(bytes);
        for (let i = 1; i < index.extentCount; i++) {
          const before = index.extentAt(i - 1);
          if (before.offsetBytes + before.lengthBytes === index.extentAt(i).offsetBytes)
            return ImageIndex.decode(Buffer.alloc(0));
        }
        return index;
      },
    ],
  ])("%s", async (_, decode) => {
    await expect(
      fuzz({ suite: "broken index decoder", inputs: 20_000, attempt: attempt(decode) }),
    ).rejects.toThrow(/DVCE_TEST_SEED/);
  });
});
