import { chunkSizeBytesMax, type ChunkingParameters } from "@dvce/image";
import {
  featureExcludeNoDump,
  headSizeBytes,
  indexType,
  itemSizeBytes,
  itemsStart,
  sizeAtEnd,
  tableHeadSizeBytes,
  tableType,
  tailSizeBytes,
  tailType,
} from "./format";

/** Chunks written at a time. */
const itemsInPiece = 4096;

/** The `.caibx` of a list of chunks, in pieces of at most 160 KiB; see format.ts. `digest` is 32 bytes. */
export async function* encodeCaibx(
  chunking: ChunkingParameters,
  chunks: AsyncIterable<{ readonly digest: Buffer; readonly sizeBytes: number }>,
): AsyncGenerator<Buffer, void, undefined> {
  yield head(chunking);
  let piece = Buffer.alloc(itemsInPiece * itemSizeBytes);
  let at = 0;
  let end = 0;
  let count = 0;
  for await (const { digest, sizeBytes } of chunks) {
    end += sizeBytes;
    count += 1;
    piece.writeBigUInt64LE(BigInt(end), at);
    digest.copy(piece, at + 8);
    at += itemSizeBytes;
    if (at < piece.length) continue;
    yield piece;
    piece = Buffer.alloc(piece.length);
    at = 0;
  }
  yield piece.subarray(0, at);
  yield tail(count);
}

/**
 * The sizes that are declared: the smallest chunk that block-aligned chunking makes (a block between zeros), its average,
 * and the largest that any chunk of ours has.
 */
function head(chunking: ChunkingParameters): Buffer {
  const { blockSizeBytes, chunkBlocksMin, cutThreshold } = chunking;
  const averageBlocks = chunkBlocksMin - 1 + 2 ** 32 / Math.max(1, cutThreshold);
  const average = Math.round(Math.min(averageBlocks * blockSizeBytes, chunkSizeBytesMax));
  const bytes = Buffer.alloc(headSizeBytes + tableHeadSizeBytes);
  const fields = [
    BigInt(headSizeBytes),
    indexType,
    featureExcludeNoDump,
    BigInt(Math.min(blockSizeBytes, average)),
    BigInt(average),
    BigInt(chunkSizeBytesMax),
    sizeAtEnd,
    tableType,
  ];
  fields.forEach((field, i) => bytes.writeBigUInt64LE(field, 8 * i));
  return bytes;
}

function tail(count: number): Buffer {
  const bytes = Buffer.alloc(tailSizeBytes);
  const tableSizeBytes = itemsStart - headSizeBytes + count * itemSizeBytes + tailSizeBytes;
  const fields = [0n, 0n, BigInt(headSizeBytes), BigInt(tableSizeBytes), tailType];
  fields.forEach((field, i) => bytes.writeBigUInt64LE(field, 8 * i));
  return bytes;
}
