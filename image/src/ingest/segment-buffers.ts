import { compressedSizeBytesMax, type EncodedChunk } from "../codec/codec";
import type { Digest } from "../digest/digest";

/** Memory for the chunks of one segment: as they are in the image, and encoded. Threads share it without copies. */
export interface SegmentBuffer {
  readonly data: SharedArrayBuffer;
  readonly encoded: SharedArrayBuffer;
}

/** Memory for image data where nothing else was said: with the runtime and its threads less than 256 MiB. */
export const memoryBytesDefault = 144 * 1024 * 1024;

/**
 * As many buffers as `memoryBytesMax` allows, at least one and no more than `workers` threads make use of: while they work on
 * one each, one is read into and one is stored. The system gives memory only for the parts that are written to.
 */
export function segmentBuffers(
  segmentSizeBytes: number,
  workers: number,
  memoryBytesMax = memoryBytesDefault,
): SegmentBuffer[] {
  // One chunk more, since a chunk is compressed before it is known whether it shrinks.
  const encodedSizeBytes = segmentSizeBytes + compressedSizeBytesMax;
  const fitting = Math.floor(memoryBytesMax / (segmentSizeBytes + encodedSizeBytes));
  return Array.from({ length: Math.max(1, Math.min(workers + 2, fitting)) }, () => ({
    data: new SharedArrayBuffer(segmentSizeBytes),
    encoded: new SharedArrayBuffer(encodedSizeBytes),
  }));
}

/**
 * The chunks that `ChunkWorkers.encode` left in a buffer: views of it, without copies. `ranges` and `sizes` are those of that
 * call.
 */
export function encodedChunks(
  buffer: SegmentBuffer,
  ranges: Uint32Array,
  sizes: Uint32Array,
  digests: readonly Digest[],
): EncodedChunk[] {
  let at = 0;
  return digests.map((digest, i) => {
    const sizeBytes = ranges[2 * i + 1] ?? 0;
    const encodedBytes = sizes[i] ?? 0;
    if (encodedBytes === 0) {
      const payload = Buffer.from(buffer.data, ranges[2 * i] ?? 0, sizeBytes);
      return { digest, sizeBytes, codec: "raw", payload };
    }
    const payload = Buffer.from(buffer.encoded, at, encodedBytes);
    at += encodedBytes;
    return { digest, sizeBytes, codec: "zstd", payload };
  });
}
