import { open } from "node:fs/promises";
import { digestOf, encodeChunk, type Digest } from "@dvce/image";
import type { Measurement } from "../harness/benchmark";
import type { DedupImage } from "./images/images";
import { levels, Tally } from "./tally";

const readSizeBytes = 16 * 1024 * 1024;

/** Chunks of one size at multiples of that size; those of zeros alone are not stored. The size divides 16 MiB. */
export async function storeFixedChunks(
  images: readonly DedupImage[],
  chunkSizeBytes: number,
  signal: AbortSignal,
): Promise<Measurement> {
  const tally = new Tally();
  const seen = new Set<Digest>();
  const zeros = Buffer.alloc(readSizeBytes);
  const buffer = Buffer.alloc(readSizeBytes);
  for (const image of images) {
    const file = await open(image.path);
    try {
      for (let offset = 0; ; offset += readSizeBytes) {
        signal.throwIfAborted();
        const { bytesRead } = await file.read(buffer, 0, readSizeBytes, offset);
        if (bytesRead === 0) break;
        if (buffer.compare(zeros, 0, bytesRead, 0, bytesRead) === 0) continue;
        for (let at = 0; at < bytesRead; at += chunkSizeBytes) {
          const data = buffer.subarray(at, Math.min(bytesRead, at + chunkSizeBytes));
          if (data.compare(zeros, 0, data.length) === 0) continue;
          const digest = digestOf(data);
          if (seen.has(digest)) continue;
          seen.add(digest);
          tally.chunk(data.length);
          for (const level of levels) tally.stored(level, encodeChunk(data, { level }).payload.length);
        }
      }
    } finally {
      await file.close();
    }
  }
  return tally.measurement;
}
