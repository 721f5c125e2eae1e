import { constants, inflateRaw, zstdDecompress, type ZlibOptions, type ZstdOptions } from "node:zlib";
import { promisify } from "node:util";
import type { Qcow2Header } from "./header";

const inflateRawAsync = promisify<Buffer, ZlibOptions, Buffer>(inflateRaw);
const zstdDecompressAsync = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/**
 * Decompresses one cluster to exactly `clusterSizeBytes`. `data` may hold other bytes after the compressed ones, since
 * qcow2 records their length in sectors. Throws a plain `Error` when they do not decompress to that.
 */
export async function decompressCluster(
  data: Buffer,
  compression: Qcow2Header["compression"],
  clusterSizeBytes: number,
): Promise<Buffer> {
  const bounds = { chunkSize: clusterSizeBytes + 64, maxOutputLength: clusterSizeBytes };
  const cluster =
    compression === "deflate"
      ? await inflateRawAsync(data, { ...bounds, finishFlush: constants.Z_SYNC_FLUSH })
      : await zstdDecompressAsync(data.subarray(0, zstdFrameSizeBytes(data)), bounds);
  if (cluster.length !== clusterSizeBytes) {
    throw new Error(`a cluster of ${clusterSizeBytes} bytes decompresses to ${cluster.length}`);
  }
  return cluster;
}

/**
 * Size of the zstd frame at the start of `data`, found by walking its block headers (RFC 8878, 3.1.1): zstd refuses
 * trailing bytes, where deflate ignores them.
 */
export function zstdFrameSizeBytes(data: Buffer): number {
  const descriptor = data[4];
  if (descriptor === undefined || data.readUInt32LE(0) !== 0xfd2fb528) throw new Error("no zstd frame");
  const singleSegment = (descriptor >> 5) & 1;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const contentSizeBytes = [singleSegment, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = 5 + (1 - singleSegment) + dictionaryBytes + contentSizeBytes;
  for (;;) {
    if (at + 3 > data.length) throw new Error("a zstd frame that is cut off");
    const header = data.readUIntLE(at, 3);
    const isRunLength = ((header >> 1) & 3) === 1;
    at += 3 + (isRunLength ? 1 : header >> 3);
    if ((header & 1) === 1) break;
  }
  at += (descriptor >> 2) & 1 ? 4 : 0;
  if (at > data.length) throw new Error("a zstd frame that is cut off");
  return at;
}
