/**
 * Cuts a run of image data into chunks: block-aligned, content-defined, deterministic.
 *
 * A run is data without holes that lies inside one segment and starts on a block boundary. A chunk ends
 * - after a block that ends a file, once the chunk has `fileBlocksMin` of blocks, or when the file after it is at least so
 *   long that none of the next `fileBlocksMin` - 1 blocks ends one;
 * - after a block whose CRC-32 is below the threshold, once the chunk has `chunkBlocksMin` of blocks;
 * - after the maximum of blocks;
 * - before a zero block, which belongs to no chunk;
 * - at the end of the run (a hole, a segment boundary or the end of the image), with a short block if need be.
 *
 * A block is taken to end a file when its last eight bytes are zero: file systems fill a file's last block with zeros, and
 * few other blocks end so. A chunk that starts with a file and ends with it is found again in every image that has the
 * file, whatever lies around it there; cuts by CRC-32 alone find only the inner chunks again, which small files lack.
 *
 * Where chunks end depends on the bytes alone and not on which zero blocks a file system reports as holes: a zero block
 * counts as a file's end, and so does the end of the run, where looking ahead stops.
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

/** Zeros at the end of a block that ends a file. */
const fileEndZeroBytes = 8;

/** Whether the block `run[at, end)` is the last of a file. A short block, which ends the image, may be all zeros. */
function endsFile(run: Buffer, at: number, end: number): boolean {
  if (end - at < fileEndZeroBytes) return isZero(run, at, end);
  return run.readInt32LE(end - 4) === 0 && run.readInt32LE(end - 8) === 0;
}

/** Whether `blocks` whole blocks stand from `at` on, and none of them ends a file. */
function startsLongFile(run: Buffer, at: number, blocks: number, blockSizeBytes: number): boolean {
  const stop = at + blocks * blockSizeBytes;
  if (stop > run.length) return false;
  for (let end = at + blockSizeBytes; end <= stop; end += blockSizeBytes) {
    if (endsFile(run, end - blockSizeBytes, end)) return false;
  }
  return true;
}

/** Calls `onChunk` with the start and end, inside `run`, of each chunk in order. */
export function cutRun(
  run: Buffer,
  parameters: ChunkingParameters,
  onChunk: (startBytes: number, endBytes: number) => void,
): void {
  const { blockSizeBytes, cutThreshold, fileBlocksMin } = parameters;
  const sizeBytesMin = parameters.chunkBlocksMin * blockSizeBytes;
  const sizeBytesMax = parameters.chunkBlocksMax * blockSizeBytes;
  const fileSizeBytesMin = fileBlocksMin * blockSizeBytes;
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
      sizeBytes >= sizeBytesMax ||
      (fileBlocksMin > 0 &&
        endsFile(run, at, end) &&
        (sizeBytes >= fileSizeBytesMin || startsLongFile(run, end, fileBlocksMin - 1, blockSizeBytes))) ||
      (sizeBytes >= sizeBytesMin && crc32(run.subarray(at, end)) < cutThreshold);
    if (cut) {
      onChunk(start, end);
      start = end;
    }
  }
  if (start < run.length) onChunk(start, run.length);
}
