import type { EncodedChunk } from "../codec/codec";
import type { Digest } from "../digest/digest";
import type { EncodeAnswer } from "../workers/chunk-jobs";
import { pageAlignedMemory } from "./page-aligned-memory";

/** Memory for image data where nothing else was said. With two threads the whole process then stays below 256 MiB. */
export const memoryBytesDefault = 144 * 1024 * 1024;

/**
 * Memory for segments, each of which is read into it, cut, encoded in place and stored out of it; threads share it without
 * copies. As many as `memoryBytesMax` allows, at least one and no more than `workers` threads make use of: while they work on
 * one each, another is read into and another is stored.
 */
export function segmentBuffers(
  segmentSizeBytes: number,
  workers: number,
  memoryBytesMax = memoryBytesDefault,
): SharedArrayBuffer[] {
  const fitting = Math.floor(memoryBytesMax / segmentSizeBytes);
  const count = Math.max(1, Math.min(workers + 2, fitting));
  return Array.from({ length: count }, () => pageAlignedMemory(segmentSizeBytes));
}

/**
 * The chunks that `ChunkWorkers.encode` left in `data`: views of it, without copies. `ranges` are those of that call, `answer` is
 * its answer.
 */
export function encodedChunks(
  data: SharedArrayBuffer,
  ranges: Uint32Array,
  answer: EncodeAnswer,
  digests: readonly Digest[],
): EncodedChunk[] {
  let at = 0;
  return digests.map((digest, i) => {
    const sizeBytes = ranges[2 * i + 1] ?? 0;
    const compressedBytes = answer.sizes[i] ?? 0;
    const payload = Buffer.from(data, at, compressedBytes === 0 ? sizeBytes : compressedBytes);
    at += payload.length;
    const codec = compressedBytes === 0 ? "raw" : "zstd";
    return { digest, sizeBytes, codec, payload, payloadCrc32: answer.payloadCrcs[i] ?? 0 };
  });
}
