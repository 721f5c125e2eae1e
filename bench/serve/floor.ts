import { compressedSizeBytesMax, decodeChunk, decodedSizeBytesMax, type ImageIndex } from "@dvce/image";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import type { ChunkStore } from "../../service/src/store";

/** What chunks cost whoever serves them from a store, whatever else it does. */
export interface Floor {
  /** Seconds of one processor for all of them. */
  readonly seconds: number;
  /** Microseconds for each extent, in the order of the index. */
  readonly extentUs: readonly number[];
}

/** Each extent counts with its fastest pass, so that what else the machine does is left out. */
const passes = 3;

/**
 * Reads every chunk from its pack, decompresses it, verifies it and writes it to a sparse file, one after the other in the
 * same memory: the work that is left when threads, messages and sockets cost nothing.
 */
export async function measureFloor(
  index: ImageIndex,
  store: Pick<ChunkStore, "locate">,
  path: string,
): Promise<Floor> {
  const payloadMemory = Buffer.allocUnsafeSlow(compressedSizeBytesMax);
  const dataMemory = Buffer.allocUnsafeSlow(decodedSizeBytesMax);
  const extentUs = Array.from({ length: index.extentCount }, () => Number.POSITIVE_INFINITY);
  for (let pass = 0; pass < passes; pass++) {
    const fd = openSync(path, "w");
    for (let i = 0; i < index.extentCount; i++) {
      const { chunk, offsetInChunk, lengthBytes, offsetBytes } = index.extentAt(i);
      const digest = index.chunkDigest(chunk);
      const place = store.locate(digest);
      if (place === undefined) throw new Error(`the store does not have chunk ${digest}`);
      const { fd: packFd, payloadOffsetBytes, payloadBytes, sizeBytes, codec } = place;
      const beganMs = performance.now();
      const payload = payloadMemory.subarray(0, payloadBytes);
      readSync(packFd, payload, 0, payloadBytes, payloadOffsetBytes);
      const data = decodeChunk({ digest, sizeBytes, codec, payload }, dataMemory);
      writeSync(fd, data, offsetInChunk, lengthBytes, offsetBytes);
      const tookUs = (performance.now() - beganMs) * 1000;
      extentUs[i] = Math.min(extentUs[i] ?? tookUs, tookUs);
      place.release();
    }
    closeSync(fd);
    rmSync(path);
  }
  return { seconds: extentUs.reduce((sum, us) => sum + us, 0) / 1e6, extentUs };
}
