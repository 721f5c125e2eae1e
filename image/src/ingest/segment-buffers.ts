import { compressedSizeBytesMax, type EncodedChunk } from "../codec/codec";
import type { Digest } from "../digest/digest";
import type { EncodeAnswer } from "../workers/chunk-jobs";

/** Memory for the chunks of one segment: as they are in the image, and encoded. Threads share it without copies. */
export interface SegmentBuffer {
  readonly data: SharedArrayBuffer;
  readonly encoded: SharedArrayBuffer;
}

/** Memory for image data where nothing else was said. With two threads the whole process then stays below 256 MiB. */
export const memoryBytesDefault = 144 * 1024 * 1024;

/**
 * As many buffers as `memoryBytesMax` allows, at least one and no more than `workers` threads make use of: while they work on
 * one each, another is read into or stored. The system gives memory only for the parts that are written to.
 */
export function segmentBuffers(
  segmentSizeBytes: number,
  workers: number,
  memoryBytesMax = memoryBytesDefault,
): SegmentBuffer[] {
  // One chunk more, since a chunk is compressed before it is known whether it shrinks.
  const encodedSizeBytes = segmentSizeBytes + compressedSizeBytesMax;
  const fitting = Math.floor(memoryBytesMax / (segmentSizeBytes + encodedSizeBytes));
  return Array.from({ length: Math.max(1, Math.min(workers + 1, fitting)) }, () => ({
    data: new SharedArrayBuffer(segmentSizeBytes),
    encoded: new SharedArrayBuffer(encodedSizeBytes),
  }));
}

/**
 * The chunks that `ChunkWorkers.encode` left in a buffer: views of it, without copies. `ranges` are those of that
 * call, `answer` is its answer.
 */
export function encodedChunks(
  buffer: SegmentBuffer,
  ranges: Uint32Array,
  answer: EncodeAnswer,
  digests: readonly Digest[],
): EncodedChunk[] {
  let at = 0;
  return digests.map((digest, i) => {
    const sizeBytes = ranges[2 * i + 1] ?? 0;
    const encodedBytes = answer.sizes[i] ?? 0;
    const payloadCrc32 = answer.payloadCrcs[i] ?? 0;
    if (encodedBytes === 0) {
      const payload = Buffer.from(buffer.data, ranges[2 * i] ?? 0, sizeBytes);
      return { digest, sizeBytes, codec: "raw", payload, payloadCrc32 };
    }
    const payload = Buffer.from(buffer.encoded, at, encodedBytes);
    at += encodedBytes;
    return { digest, sizeBytes, codec: "zstd", payload, payloadCrc32 };
  });
}
