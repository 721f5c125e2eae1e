import { createHash, randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { DvceError } from "@dvce/api";
import { isZero } from "../chunking/cut";
import { defaultCacheDirectory } from "../memo/file-memo";
import { openImageSource } from "../source/open";
import { checksumMismatch, parseChecksum } from "./checksum";

export interface ResolveStreamOptions {
  /** What the stream is called in errors. Default "standard input". */
  readonly name?: string;
  /** `sha256:` and 64 hex digits, of the stream's bytes. */
  readonly checksum?: string;
  /** The image is kept below `images/` of it. Default `$XDG_CACHE_HOME/dvce`. */
  readonly cacheDirectory?: string;
  /** Bytes on the disk that the image may take; blocks of zeros take none. Default four fifths of what is free there. */
  readonly spoolBytesMax?: number;
  readonly onProgress?: (progress: { readonly doneBytes: number }) => void;
  readonly signal?: AbortSignal;
}

/** An image that was read from a stream. */
export interface StreamedImage {
  /** For `indexImage`, `pushImage` and `openImageSource` of this process, until {@link close}. */
  readonly path: string;
  /** Gives up the image and its disk space. */
  close(): Promise<void>;
}

/**
 * Keeps an image (raw or qcow2) that comes as a stream, so that it can be read at any offset and twice, as pushing needs. It
 * lies in a file without a name, written sparsely, which the system removes when the process ends, however it ends.
 *
 * Throws what `openImageSource` throws of a file that is no image, `DVCE_IMAGE_UNREADABLE` when the stream fails or there is no
 * room for it, `DVCE_IMAGE_CHECKSUM_MISMATCH`, and the signal's reason.
 */
export async function resolveStream(
  stream: AsyncIterable<Buffer>,
  options: ResolveStreamOptions = {},
): Promise<StreamedImage> {
  const name = options.name ?? "standard input";
  const checksum = options.checksum === undefined ? undefined : parseChecksum(options.checksum);
  const directory = join(options.cacheDirectory ?? defaultCacheDirectory(), "images");
  const file = await openUnnamed(directory);
  try {
    const digest = await spool(stream, file, name, directory, options);
    if (checksum !== undefined && digest !== checksum) {
      throw checksumMismatch(
        `The image from ${name}`,
        checksum,
        digest,
        "Check the checksum, or send it again.",
      );
    }
    // Named by process, so that tools that this one starts find it too.
    const path = `/proc/${process.pid}/fd/${file.fd}`;
    await checkImage(path, name);
    return { path, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function openUnnamed(directory: string): Promise<FileHandle> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `.stream-${randomUUID()}`);
  const file = await open(path, "wx+", 0o600);
  try {
    await rm(path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Answers the SHA-256 of the stream. */
async function spool(
  stream: AsyncIterable<Buffer>,
  file: FileHandle,
  name: string,
  directory: string,
  options: ResolveStreamOptions,
): Promise<string> {
  const { bavail, bsize } = await statfs(directory);
  const bytesMax = options.spoolBytesMax ?? Math.floor(bavail * bsize * 0.8);
  const hash = createHash("sha256");
  let doneBytes = 0;
  let writtenBytes = 0;
  const noRoom = (cause?: unknown) =>
    new DvceError(
      "DVCE_IMAGE_UNREADABLE",
      `The image from ${name} needs more than ${writtenBytes} bytes in ${directory}, where it is kept until it is in the pool; ` +
        `${bytesMax} may be used. Free space there, set XDG_CACHE_HOME to a folder with more, or give the path of a file.`,
      { cause },
    );
  const iterator = stream[Symbol.asyncIterator]();
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const result = await next(iterator, name);
      if (result.done === true) break;
      const piece = result.value;
      hash.update(piece);
      if (!isZero(piece, 0, piece.length)) {
        if (writtenBytes + piece.length > bytesMax) throw noRoom();
        await file.write(piece, 0, piece.length, doneBytes).catch((cause: unknown) => {
          throw noRoom(cause);
        });
        writtenBytes += piece.length;
      }
      doneBytes += piece.length;
      options.onProgress?.({ doneBytes });
    }
  } finally {
    await iterator.return?.();
  }
  await file.truncate(doneBytes);
  return hash.digest("hex");
}

async function next(iterator: AsyncIterator<Buffer>, name: string): Promise<IteratorResult<Buffer>> {
  try {
    return await iterator.next();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DvceError("DVCE_IMAGE_UNREADABLE", `Unable to read the image from ${name}: ${why}.`, { cause });
  }
}

/** Refuses what is no image under the name that its user knows. */
async function checkImage(path: string, name: string): Promise<void> {
  try {
    await (await openImageSource(path)).close();
  } catch (error) {
    if (!(error instanceof DvceError)) throw error;
    throw new DvceError(error.code, error.message.replaceAll(path, name), { cause: error });
  }
}
