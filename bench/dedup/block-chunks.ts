import {
  type ChunkingParameters,
  ChunkWorkers,
  type Digest,
  ingestImage,
  openImageSource,
} from "@dvce/image";
import type { Measurement } from "../harness/benchmark";
import type { DedupImage } from "./images/images";
import { levels, Tally } from "./tally";

/** Ingests the images one after the other, as a pool does, into a sink that counts what a store would keep. */
export async function storeBlockChunks(
  images: readonly DedupImage[],
  chunking: ChunkingParameters,
  signal: AbortSignal,
): Promise<Measurement> {
  const tally = new Tally();
  for (const level of levels) {
    const workers = new ChunkWorkers();
    const seen = new Set<Digest>();
    try {
      for (const image of images) {
        const source = await openImageSource(image.path);
        try {
          await ingestImage(
            source,
            {
              missing: (digests) => Promise.resolve(digests.filter((digest) => !seen.has(digest))),
              put: (chunks) => {
                for (const { digest, sizeBytes, payload } of chunks) {
                  seen.add(digest);
                  if (level === levels[0]) tally.chunk(sizeBytes);
                  tally.stored(level, payload.length);
                }
                return Promise.resolve();
              },
            },
            { workers, chunking, level, signal },
          );
        } finally {
          await source.close();
        }
      }
    } finally {
      await workers.close();
    }
  }
  return tally.measurement;
}
