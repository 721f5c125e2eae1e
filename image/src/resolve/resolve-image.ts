import { rename } from "node:fs/promises";
import { join } from "node:path";
import { DvceError } from "@dvce/api";
import { ImageFile } from "../source/image-file";
import { defaultCacheDirectory, FileMemo } from "../memo/file-memo";
import { checksumMismatch, hashFile, parseChecksum, signalOption } from "./checksum";
import { download } from "./download";
import { claimPartial, releasePartial } from "./partial-file";
import type { Digest } from "../digest/digest";

export interface ResolveProgress {
  readonly doneBytes: number;
  /** Undefined while the server has not said. */
  readonly totalBytes: number | undefined;
  readonly phase: "download" | "verify";
}

export interface ResolveImageOptions {
  /** A local file. Exactly one of `path` and `url` is given. */
  readonly path?: string;
  /** An http or https address; needs a checksum. */
  readonly url?: string;
  /** `sha256:` and 64 hex digits, of the file as it lies there (not of the disk inside). */
  readonly checksum?: string;
  /** Default `$XDG_CACHE_HOME/dvce`. */
  readonly cacheDirectory?: string;
  readonly onProgress?: (progress: ResolveProgress) => void;
  readonly signal?: AbortSignal;
}

/** Downloads of this process under way, by target: two callers of one image share one. */
const underWay = new Map<string, Promise<void>>();

/**
 * The local file of an image: the given one, or the cached or newly downloaded one of an address; with its checksum
 * verified when there is one. A download is continued where an earlier one stopped, and appears in the cache only whole
 * and verified.
 *
 * Throws `DVCE_INPUT_INVALID`, `DVCE_IMAGE_UNREADABLE`, `DVCE_IMAGE_CHECKSUM_MISMATCH`, `DVCE_IMAGE_DOWNLOAD_FAILED`.
 */
export async function resolveImage(options: ResolveImageOptions): Promise<{ path: string }> {
  const { path, url } = options;
  if ((path === undefined) === (url === undefined)) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      "Give either the path of an image or its URL, not both and not neither.",
    );
  }
  const checksum = options.checksum === undefined ? undefined : parseChecksum(options.checksum);
  if (path !== undefined) {
    if (checksum !== undefined) await verifyLocal(path, checksum, options);
    return { path };
  }
  const address = parseUrl(url ?? "");
  if (checksum === undefined) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `The image at ${address} needs a checksum, "sha256:" and 64 hex digits: without it nobody could tell whether ` +
        "the right file arrived.",
    );
  }
  const target = join(imageDirectory(options), `${checksum}.img`);
  let running = underWay.get(target);
  if (running === undefined) {
    running = fetchTo(target, address, checksum, options).finally(() => underWay.delete(target));
    underWay.set(target, running);
  }
  await running;
  return { path: target };
}

const imageDirectory = (options: ResolveImageOptions) =>
  join(options.cacheDirectory ?? defaultCacheDirectory(), "images");

async function fetchTo(
  target: string,
  url: string,
  checksum: Digest,
  options: ResolveImageOptions,
): Promise<void> {
  if (await isCached(target, checksum, options)) return;
  const directory = imageDirectory(options);
  const partial = await claimPartial(directory, checksum);
  try {
    await download({
      url,
      checksum,
      partialPath: partial.path,
      onBytes: (doneBytes, totalBytes) => options.onProgress?.({ doneBytes, totalBytes, phase: "download" }),
      ...signalOption(options.signal),
    });
    await rename(partial.path, target);
  } catch (error) {
    await releasePartial(partial, directory, checksum);
    throw error;
  }
}

/** Whether the cache has the image. A cached file that was damaged since counts as absent and is replaced. */
async function isCached(target: string, checksum: Digest, options: ResolveImageOptions): Promise<boolean> {
  try {
    return (await checksumOf(target, options)) === checksum;
  } catch (error) {
    if (error instanceof DvceError && error.code === "DVCE_IMAGE_UNREADABLE") return false;
    throw error;
  }
}

async function verifyLocal(path: string, expected: Digest, options: ResolveImageOptions): Promise<void> {
  const actual = await checksumOf(path, options);
  if (actual !== expected) {
    throw checksumMismatch(
      `The image ${path}`,
      expected,
      actual,
      "Check the checksum, or copy the image again.",
    );
  }
}

/** SHA-256 of a file, remembered as long as the file does not change. */
async function checksumOf(path: string, options: ResolveImageOptions): Promise<Digest> {
  const memo = new FileMemo(options.cacheDirectory ?? defaultCacheDirectory(), "file-sha256");
  const known = await memo.recall(path);
  if (known !== undefined) return known.toString("latin1");
  const file = await ImageFile.open(path);
  try {
    const computed = await memo.remember(path, async () => {
      const onBytes = (doneBytes: number) =>
        options.onProgress?.({ doneBytes, totalBytes: file.sizeBytes, phase: "verify" });
      const digest = await hashFile(path, { onBytes, ...signalOption(options.signal) });
      await file.verifyUnchanged();
      return Buffer.from(digest, "latin1");
    });
    return computed.toString("latin1");
  } finally {
    await file.close();
  }
}

function parseUrl(text: string): string {
  if (URL.canParse(text)) {
    const url = new URL(text);
    if (url.protocol === "http:" || url.protocol === "https:") return url.href;
  }
  throw new DvceError(
    "DVCE_INPUT_INVALID",
    `${JSON.stringify(text)} is not an address of an image; it must start with http:// or https://.`,
  );
}
