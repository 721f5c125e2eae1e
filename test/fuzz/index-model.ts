/**
 * What docs/formats/index.md allows, once more and plainly: the fuzzed decoder must accept the same bytes and say the same of
 * them.
 */
import { createHash } from "node:crypto";

export interface ModelExtent {
  readonly offsetBytes: number;
  readonly chunk: number;
  readonly offsetInChunk: number;
  readonly lengthBytes: number;
}

export interface ModelIndex {
  readonly version: string;
  readonly sizeBytes: number;
  readonly chunks: readonly { readonly digest: string; readonly sizeBytes: number }[];
  readonly extents: readonly ModelExtent[];
}

const chunkSizeBytesMax = 262144;

/** Undefined when the bytes break a rule. */
export function modelOf(bytes: Buffer): ModelIndex | undefined {
  if (bytes.length < 64 || bytes.toString("latin1", 0, 8) !== "DVCEINDX") return undefined;
  const algorithm = bytes.readUInt16LE(10);
  const [blockSize = 0, blocksMin = 0, blocksMax = 0, , segmentSize = 0] = [12, 16, 20, 24, 28].map((at) =>
    bytes.readUInt32LE(at),
  );
  const imageSize = bytes.readBigUInt64LE(32);
  const chunkCount = bytes.readUInt32LE(40);
  const extentCount = bytes.readUInt32LE(44);
  const fileBlocks = bytes.readUInt32LE(48);
  const powers = Array.from({ length: 10 }, (_, i) => 512 * 2 ** i);
  const headerHolds =
    bytes.readUInt16LE(8) === 1 &&
    (algorithm === 1 ? fileBlocks === 0 : algorithm === 2 && fileBlocks >= 1 && fileBlocks <= blocksMax) &&
    powers.includes(blockSize) &&
    blocksMin >= 1 &&
    blocksMin <= blocksMax &&
    blocksMax * blockSize <= chunkSizeBytesMax &&
    segmentSize > 0 &&
    segmentSize % blockSize === 0 &&
    bytes.subarray(52, 64).every((byte) => byte === 0) &&
    imageSize <= 64n * 2n ** 40n &&
    bytes.length === 64 + 36 * chunkCount + 24 * extentCount;
  if (!headerHolds) return undefined;

  const chunks = Array.from({ length: chunkCount }, (_, i) => ({
    digest: bytes.toString("hex", 64 + 36 * i, 64 + 36 * i + 32),
    sizeBytes: bytes.readUInt32LE(64 + 36 * i + 32),
  }));
  if (new Set(chunks.map((chunk) => chunk.digest)).size !== chunkCount) return undefined;
  if (chunks.some(({ sizeBytes }) => sizeBytes < 1 || sizeBytes > chunkSizeBytesMax)) return undefined;

  const extents: ModelExtent[] = [];
  const named = new Set<number>();
  let end = 0n;
  for (let at = 64 + 36 * chunkCount; at < bytes.length; at += 24) {
    const offset = bytes.readBigUInt64LE(at);
    const chunk = bytes.readUInt32LE(at + 8);
    const inChunk = bytes.readUInt32LE(at + 12);
    const length = bytes.readUInt32LE(at + 16);
    const size = chunks[chunk]?.sizeBytes ?? 0;
    if (offset < end || length === 0 || offset + BigInt(length) > imageSize) return undefined;
    if (inChunk + length > size || bytes.readUInt32LE(at + 20) !== 0) return undefined;
    if (!named.has(chunk) && chunk !== named.size) return undefined;
    named.add(chunk);
    end = offset + BigInt(length);
    extents.push({ offsetBytes: Number(offset), chunk, offsetInChunk: inChunk, lengthBytes: length });
  }
  if (named.size !== chunkCount) return undefined;
  return {
    version: createHash("sha256").update(bytes).digest("hex"),
    sizeBytes: Number(imageSize),
    chunks,
    extents,
  };
}
