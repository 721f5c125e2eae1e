/**
 * Cuts a run of image data into chunks: block-aligned, content-defined, deterministic.
 *
 * A run is data without holes that lies inside one segment and starts on a block boundary. A chunk ends
 * - after a block whose CRC-32 is below the threshold, once the chunk has the minimum of blocks;
 * - after the maximum of blocks;
 * - before a zero block, which belongs to no chunk;
 * - at the end of the run (a hole, a segment boundary or the end of the image), with a short block if need be.
 *
 * So where chunks end depends on the bytes alone and not on which zero blocks a file system reports as holes.
 */
import { crc32 } from "node:zlib";
import type { ChunkingParameters } from "./parameters";

const zeros = Buffer.alloc(64 * 1024);

/** Whether `data[start, end)` holds nothing but zero bytes. */
export function isZero(data: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at += zeros.length) {
    const stop = Math.min(end, at + zeros.length);
    if (data.compare(zeros, 0, stop - at, at, stop) !== 0) return false;
  }
  return true;
}

/** Calls `onChunk` with the start and end, inside `run`, of each chunk in order. */
export function cutRun(
  run: Buffer,
  parameters: ChunkingParameters,
  onChunk: (startBytes: number, endBytes: number) => void,
): void {
  const { blockSizeBytes, cutThreshold } = parameters;
  const sizeBytesMin = parameters.chunkBlocksMin * blockSizeBytes;
  const sizeBytesMax = parameters.chunkBlocksMax * blockSizeBytes;
  let start = 0;
  for (let at = 0; at < run.length; at += blockSizeBytes) {
    const end = Math.min(run.length, at + blockSizeBytes);
    if (run[at] === 0 && isZero(run, at, end)) {
      if (start < at) onChunk(start, at);
      start = end;
      continue;
    }
    const sizeBytes = end - start;
    const cut =
      sizeBytes >= sizeBytesMax || (sizeBytes >= sizeBytesMin && crc32(run.subarray(at, end)) < cutThreshold);
    if (cut) {
      onChunk(start, end);
      start = end;
    }
  }
  if (start < run.length) onChunk(start, run.length);
}
