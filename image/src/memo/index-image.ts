import { isDvceError } from "@dvce/api";
import { buildIndex, type IngestProgress } from "../ingest/ingest-image";
import { ImageIndex } from "../index/image-index";
import { openImageSource } from "../source/open";
import type { ChunkWorkers } from "../workers/chunk-workers";
import { defaultCacheDirectory, FileMemo } from "./file-memo";

export interface IndexImageOptions {
  /** Default `$XDG_CACHE_HOME/dvce`. */
  readonly cacheDirectory?: string;
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly signal?: AbortSignal;
  /** Default threads of its own, which end with it. */
  readonly workers?: ChunkWorkers;
}

/** Changes with whatever would give the same image another index: format, chunking, cut hash. */
const memoKind = "image-index-2";

/**
 * The index of the image file at `path`. An unchanged file is not read again: its index is kept in the cache folder.
 * Throws what `openImageSource` and `buildIndex` throw.
 */
export async function indexImage(path: string, options: IndexImageOptions = {}): Promise<ImageIndex> {
  const source = await openImageSource(path);
  try {
    // The memo knows one file; an image over a backing file is read each time.
    if (source.dependsOnOtherFiles) return await buildIndex(source, options);
    const memo = new FileMemo(options.cacheDirectory ?? defaultCacheDirectory(), memoKind);
    const known = await memo.recall(path);
    if (known !== undefined) {
      try {
        return ImageIndex.decode(known);
      } catch (error) {
        if (!isDvceError(error, "DVCE_INDEX_INVALID")) throw error; // an entry of another version: made anew below
      }
    }
    return ImageIndex.decode(
      await memo.remember(path, async () => (await buildIndex(source, options)).encode()),
    );
  } finally {
    await source.close();
  }
}
