/**
 * Malformed `.caibx` and `.cacnk` files: mutations of valid ones. Whatever is accepted must be what the format's rules allow
 * (caibx-model.ts) and whatever they allow must be accepted; a chunk that is accepted has its digest, and one that would
 * unpack to more than it declares is refused at that size.
 */
import { isDvceError } from "@dvce/api";
import { decodeChunk, defaultChunking, digestBytesOf, digestOf, type EncodedChunk } from "@dvce/image";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { createZstdCompress, zstdCompressSync } from "node:zlib";
import { Caibx, decodeChunkFile, encodeCaibx, indexOfCaibx, zeroDigest } from "../../service/src/casync";
import { modelOf } from "./caibx-model";
import { fuzz } from "./support/fuzz";
import { mutate } from "./support/mutate";
import type { Random } from "../support/random";

jest.setTimeout(10 * 60_000);

async function sample(sizes: readonly number[]): Promise<Buffer> {
  async function* chunks() {
    for (const [i, sizeBytes] of sizes.entries()) {
      const digest = i % 4 === 3 ? zeroDigest(sizeBytes) : digestBytesOf(Buffer.from([i % 6, sizeBytes % 7]));
      yield { digest, sizeBytes };
    }
  }
  const parts: Buffer[] = [];
  for await (const part of encodeCaibx(defaultChunking, chunks())) parts.push(part);
  return Buffer.concat(parts);
}

type Decode = (bytes: Buffer) => Caibx;

/** Undefined when it was refused in the way that it may be. */
function attempt<T>(work: () => T, ...codes: readonly string[]): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isDvceError(error) && codes.includes(error.code)) return undefined;
    throw error;
  }
}

function check(bytes: Buffer, decode: Decode): void {
  const model = modelOf(bytes);
  const caibx = attempt(() => decode(bytes), "DVCE_CAIBX_INVALID");
  if ((caibx === undefined) !== (model === undefined)) {
    throw new Error(caibx === undefined ? "refused what the rules allow" : "accepted what the rules forbid");
  }
  if (caibx === undefined || model === undefined) return;
  if (caibx.chunkCount !== model.chunks.length) throw new Error("another number of chunks");
  model.chunks.forEach(({ digest, end }, i) => {
    if (caibx.digest(i).toString("hex") !== digest || BigInt(caibx.endBytes(i)) !== end)
      throw new Error(`another chunk ${i}`);
  });
  const index = attempt(() => indexOfCaibx(caibx), "DVCE_CAIBX_INVALID");
  if (index === undefined) return;
  if (index.sizeBytes !== caibx.sizeBytes) throw new Error("an index of another size");
  let i = 0;
  for (const { chunk, offsetBytes, lengthBytes } of index.extents(0, index.sizeBytes)) {
    if (chunk < 0) {
      while (i < caibx.chunkCount && caibx.endBytes(i) <= offsetBytes + lengthBytes) i++;
      continue;
    }
    if (index.chunkDigest(chunk) !== model.chunks[i]?.digest)
      throw new Error(`another chunk at ${offsetBytes}`);
    if (BigInt(lengthBytes) !== model.chunks[i]?.size) throw new Error(`another size at ${offsetBytes}`);
    i++;
  }
}

describe("malformed indexes", () => {
  let samples: readonly [Buffer, ...Buffer[]];
  beforeAll(async () => {
    samples = await Promise.all([
      sample([4096, 65_536, 262_144, 262_144, 1, 5000, 65_536, 4096, 4096]),
      sample(Array.from({ length: 40 }, (_, i) => 1 + ((i * 37_777) % 262_144))),
      sample([]),
    ]);
  });
  const run = (suite: string, decode: Decode, inputs?: number) =>
    fuzz({
      suite,
      ...(inputs === undefined ? {} : { inputs }),
      attempt: (random: Random) => {
        const input = random.pick(samples);
        check(random.below(50) === 0 ? input : mutate(random, input, random.pick(samples)), decode);
      },
    });

  it("are refused or read by the rules", () => run("caibx", (bytes) => Caibx.decode(bytes)));

  it.each<[string, Decode]>([
    [
      "that does not look at the tail",
      (bytes) => {
        const mended = Buffer.from(bytes);
        if (mended.length >= 104) {
          mended.fill(0, mended.length - 40, mended.length - 24);
          mended.writeBigUInt64LE(48n, mended.length - 24);
          mended.writeBigUInt64LE(BigInt(mended.length - 48), mended.length - 16);
          mended.writeBigUInt64LE(0x4b4f050e5549ecd1n, mended.length - 8);
        }
        return Caibx.decode(mended);
      },
    ],
    [
      "that takes any digest for SHA-256",
      (bytes) => {
        const mended = Buffer.from(bytes);
        if (mended.length > 24) mended.writeUInt8((mended[23] ?? 0) & ~0x20, 23);
        return Caibx.decode(mended);
      },
    ],
    [
      "that breaks on what it does not expect",
      (bytes) => {
        if (bytes.length < 48) throw new RangeError("out of range");
        return Caibx.decode(bytes);
      },
    ],
  ])("catch a reader %s", async (_, broken) => {
    await expect(run("caibx, broken", broken, 20_000)).rejects.toThrow(/DVCE_TEST_SEED=\d+/);
  });
});

describe("malformed chunks", () => {
  const chunks = [
    Buffer.alloc(20_000, "some text that shrinks "),
    Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i * 31) & 255)),
    Buffer.from("x"),
  ];
  const [text, numbers, tiny] = chunks.map((data) => zstdCompressSync(data));
  if (text === undefined || numbers === undefined || tiny === undefined) throw new Error("too few chunks");
  const frames: readonly [Buffer, ...Buffer[]] = [text, numbers, tiny];
  type Read = typeof decodeChunkFile;
  const run = (suite: string, read: Read, inputs?: number) =>
    fuzz({
      suite,
      ...(inputs === undefined ? {} : { inputs }),
      attempt: async (random: Random) => {
        const which = random.below(chunks.length);
        const data = chunks[which] ?? Buffer.alloc(0);
        const frame = mutate(random, frames[which] ?? Buffer.alloc(0), random.pick(frames));
        let chunk: EncodedChunk;
        try {
          chunk = await read(frame, digestOf(data), data.length);
        } catch (error) {
          if (isDvceError(error, "DVCE_CHUNK_CORRUPT") || isDvceError(error, "DVCE_INPUT_INVALID")) return;
          throw error;
        }
        if (!decodeChunk(chunk).equals(data)) throw new Error("other bytes than the digest's");
      },
    });

  it("are refused or have their digest", () => run("cacnk", decodeChunkFile));

  it("catch a reader that believes what it is given", async () => {
    const believing: Read = async (payload, digest, sizeBytes) => ({
      digest,
      sizeBytes,
      codec: "zstd",
      payload,
    });
    await expect(run("cacnk, broken", believing, 2000)).rejects.toThrow(/DVCE_TEST_SEED=\d+/);
  });

  it("are refused at the size that they declare, before they fill memory", async () => {
    const bomb = await compressedZeros(1024);
    expect(bomb.length).toBeLessThan(100_000);
    const usedBefore = process.resourceUsage().maxRSS;
    for (const sizeBytes of [1, 4096, 262_144]) {
      for (let i = 0; i < 20; i++) {
        await expect(
          decodeChunkFile(bomb, digestOf(Buffer.alloc(sizeBytes)), sizeBytes),
        ).rejects.toMatchObject({
          code: "DVCE_CHUNK_CORRUPT",
        });
      }
    }
    const grownKiB = process.resourceUsage().maxRSS - usedBefore;
    expect(grownKiB).toBeLessThan(200 * 1024);
  });
});

/** A frame of so many MiB of zeros, made in little memory; 1 GiB takes some 30 KB. */
async function compressedZeros(mebibytes: number): Promise<Buffer> {
  const piece = Buffer.alloc(1024 * 1024);
  const frame = Readable.from(Array.from({ length: mebibytes }, () => piece)).pipe(createZstdCompress());
  return buffer(frame);
}
