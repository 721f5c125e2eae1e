import { type BigIntStats, constants, readSync } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { DvceError } from "@dvce/api";

/** Places, sizes and memory of reads past the page cache are multiples of this, whatever the disk. */
const directBytes = 4096;

/** Fewer are read through the page cache without a question. */
const readOnceBytesMin = 256 * 1024;

/** What a question to the page cache is good for, when it did not have the bytes. */
const readPastCacheBytes = 256 * 1024 * 1024;

/** A block comes out of the page cache in some microseconds, and from the fastest disk in more than this. */
const cacheAnswersMs = 0.04;

/**
 * A file held open for reading, with what it looked like when it was opened. A file that is written to while it
 * is read gives an image that never existed, so every reader asks {@link verifyUnchanged} before it believes
 * what it read.
 */
export class ImageFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly #handle: FileHandle;
  readonly #opened: BigIntStats;
  /** For reads past the page cache; opened with the first. */
  #direct: Promise<FileHandle> | undefined;
  #canReadDirect = true;
  /** Bytes that are read past the page cache before it is asked again. */
  #pastCacheBytes = 0;

  private constructor(path: string, handle: FileHandle, opened: BigIntStats) {
    this.path = path;
    this.#handle = handle;
    this.#opened = opened;
    this.sizeBytes = Number(opened.size);
  }

  /** Throws `DVCE_IMAGE_UNREADABLE` when there is no regular file that can be read. */
  static async open(path: string): Promise<ImageFile> {
    let handle: FileHandle;
    try {
      handle = await open(path, "r");
    } catch (cause) {
      throw unreadable(path, cause);
    }
    try {
      const opened = await handle.stat({ bigint: true });
      if (!opened.isFile()) {
        const what = opened.isDirectory() ? "a directory" : "no regular file";
        throw new DvceError("DVCE_IMAGE_UNREADABLE", `${path} is ${what}; give the path of an image file.`);
      }
      return new ImageFile(path, handle, opened);
    } catch (cause) {
      await handle.close();
      throw cause instanceof DvceError ? cause : unreadable(path, cause);
    }
  }

  /** Whether the file has fewer blocks on disk than its size needs, so that looking for holes pays. */
  get isSparse(): boolean {
    return this.#opened.blocks * 512n < this.#opened.size;
  }

  /** Fills `target` from `offsetBytes`. Throws `DVCE_IMAGE_CHANGED` at an early end of the file. */
  async read(offsetBytes: number, target: Buffer): Promise<void> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.#readSome(offsetBytes + done, target.subarray(done));
      if (bytesRead === 0) throw this.#changed(`it ends at byte ${offsetBytes + done} now`);
      done += bytesRead;
    }
  }

  /**
   * As {@link read}, for many bytes that are read once. What is not in the page cache is read past it, which takes half the
   * time, a fraction of the processor's, and no memory from others; `target` must begin on a page for that. Node cannot ask
   * what is in the cache, so the first block is read through it and timed: the cache answers at once.
   */
  async readOnce(offsetBytes: number, target: Buffer): Promise<void> {
    let done = 0;
    if (target.length >= readOnceBytesMin && offsetBytes % directBytes === 0 && this.#canReadDirect) {
      if (this.#pastCacheBytes <= 0) done = this.#readTimed(offsetBytes, target.subarray(0, directBytes));
      while (this.#pastCacheBytes > 0 && target.length - done >= directBytes && done % directBytes === 0) {
        const wholeBytes = target.length - (target.length % directBytes);
        const bytesRead = await this.#readDirect(offsetBytes + done, target.subarray(done, wholeBytes));
        if (bytesRead === 0) break;
        done += bytesRead;
        this.#pastCacheBytes -= bytesRead;
      }
    }
    await this.read(offsetBytes + done, target.subarray(done));
  }

  /** Throws `DVCE_IMAGE_CHANGED` when path or file are not what they were when the file was opened. */
  async verifyUnchanged(): Promise<void> {
    let byPath: BigIntStats;
    try {
      byPath = await stat(this.path, { bigint: true });
    } catch (cause) {
      throw this.#changed(`it is gone (${errorCode(cause)})`);
    }
    for (const now of [byPath, await this.#handle.stat({ bigint: true })]) {
      const then = this.#opened;
      if (now.ino !== then.ino || now.dev !== then.dev)
        throw this.#changed("another file has taken its place");
      if (now.size !== then.size) throw this.#changed(`its size went from ${then.size} to ${now.size} bytes`);
      if (now.mtimeNs !== then.mtimeNs || now.ctimeNs !== then.ctimeNs)
        throw this.#changed("it was written to");
    }
  }

  async close(): Promise<void> {
    const direct = await this.#direct?.catch(() => undefined);
    await direct?.close();
    await this.#handle.close();
  }

  /** Reads through the page cache, and notes whether the bytes were in it. */
  #readTimed(offsetBytes: number, target: Buffer): number {
    try {
      const startMs = performance.now();
      const bytesRead = readSync(this.#handle.fd, target, 0, target.length, offsetBytes);
      if (performance.now() - startMs >= cacheAnswersMs) this.#pastCacheBytes = readPastCacheBytes;
      return bytesRead;
    } catch (cause) {
      throw unreadable(this.path, cause);
    }
  }

  /** Answers 0, from then on without trying, where the file system, the memory or the disk does not allow it. */
  async #readDirect(offsetBytes: number, target: Buffer): Promise<number> {
    if (!this.#canReadDirect) return 0;
    try {
      this.#direct ??= open(this.path, constants.O_RDONLY | constants.O_DIRECT);
      const direct = await this.#direct;
      return (await direct.read(target, 0, target.length, offsetBytes)).bytesRead;
    } catch {
      this.#canReadDirect = false; // what is really wrong, the read through the page cache says
      return 0;
    }
  }

  async #readSome(offsetBytes: number, target: Buffer) {
    try {
      return await this.#handle.read(target, 0, target.length, offsetBytes);
    } catch (cause) {
      throw unreadable(this.path, cause);
    }
  }

  #changed(why: string): DvceError {
    return new DvceError(
      "DVCE_IMAGE_CHANGED",
      `${this.path} changed while it was read: ${why}. Nothing was kept of it. ` +
        "Stop whatever writes to it (a running VM, a download), then try again.",
    );
  }
}

function unreadable(path: string, cause: unknown): DvceError {
  const code = errorCode(cause);
  const why =
    code === "ENOENT"
      ? "there is no such file"
      : code === "EACCES"
        ? "permission is denied"
        : `it failed with ${code}`;
  return new DvceError("DVCE_IMAGE_UNREADABLE", `Unable to read the image ${path}: ${why}. Check the path.`, {
    cause,
  });
}

function errorCode(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
