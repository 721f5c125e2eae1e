import type { BigIntStats } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { DvceError } from "@dvce/api";

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

  close(): Promise<void> {
    return this.#handle.close();
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
