/** The image file on the machine that runs Terraform: found or downloaded, and indexed. */
import { indexImage, resolveImage, type ImageIndex } from "@dvce/image";
import type { Context } from "../resource";
import type { ImageOrigin } from "./model";

export interface ImageContent {
  /** The file; for a URL, in the cache. */
  readonly path: string;
  readonly index: ImageIndex;
}

/** Reads the image, or recalls its index when the file is the same as before. Throws `DvceError`. */
export async function readContent(
  origin: ImageOrigin,
  name: string,
  context: Context,
): Promise<ImageContent> {
  const cache = context.cacheDirectory === undefined ? {} : { cacheDirectory: context.cacheDirectory };
  const progress = logProgress(context, name);
  const { path } = await resolveImage({
    ...(origin.path === null ? {} : { path: origin.path }),
    ...(origin.url === null ? {} : { url: origin.url }),
    ...(origin.checksum === null ? {} : { checksum: origin.checksum }),
    ...cache,
    signal: context.signal,
    onProgress: ({ phase, doneBytes, totalBytes }) => progress(phase, doneBytes, totalBytes),
  });
  const index = await indexImage(path, {
    ...cache,
    signal: context.signal,
    onProgress: ({ doneBytes, totalBytes }) => progress("index", doneBytes, totalBytes),
  });
  return { path, index };
}

const progressStepMs = 1000;

/** Progress in the log, at most once a second for each phase. */
export function logProgress(
  context: Context,
  name: string,
): (phase: string, doneBytes: number, totalBytes: number | undefined) => void {
  const lastAtMs = new Map<string, number>();
  return (phase, doneBytes, totalBytes) => {
    const nowMs = Date.now();
    if (nowMs - (lastAtMs.get(phase) ?? 0) < progressStepMs && doneBytes !== totalBytes) return;
    lastAtMs.set(phase, nowMs);
    context.log.write("info", `image ${name}: ${phase}`, {
      done_bytes: doneBytes,
      total_bytes: totalBytes ?? -1,
    });
  };
}
