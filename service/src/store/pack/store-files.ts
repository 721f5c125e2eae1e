/** The file system as the pack store uses it: the edge where tests put failing disks and lost writes. */
import { constants } from "node:fs";
import { type FileHandle, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { directAlignmentBytes } from "./direct-memory";
import { errorCode } from "./error-code";
import { writePastCache } from "./write-past-cache";

export interface StoreFile {
  /** For readers on other threads. */
  readonly fd: number;
  sizeBytes(): Promise<number>;
  /** Reads into `target` until it is full or the file ends; answers how many bytes were read. */
  read(offsetBytes: number, target: Buffer): Promise<number>;
  /**
   * Writes all of `parts`, one after the other, from `offsetBytes`; `pastCache` to the disk itself where the file system can
   * do that. Either way it takes {@link sync} to make them last.
   */
  write(
    offsetBytes: number,
    parts: readonly Buffer[],
    options?: { readonly pastCache?: boolean },
  ): Promise<void>;
  /** Resolves when a power cut cannot lose what was written (fdatasync). */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface StoreFiles {
  /**
   * `create` fails when the file exists, the others when it does not. `direct` reads from the disk itself where the file
   * system can do that, else through the page cache: offsets, and `target` with its size, must then be multiples of
   * `directAlignmentBytes`, see direct-memory.ts.
   */
  open(path: string, mode: "create" | "write" | "read" | "direct"): Promise<StoreFile>;
  list(directory: string): Promise<string[]>;
  /** Size of a file; 0 when there is none. */
  sizeBytes(path: string): Promise<number>;
  readWhole(path: string): Promise<Buffer>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Resolves when a power cut cannot undo creations, renames and removals in the directory. */
  syncDirectory(directory: string): Promise<void>;
}

class NodeFile implements StoreFile {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #direct: boolean;

  constructor(handle: FileHandle, path: string, direct = false) {
    this.#handle = handle;
    this.#path = path;
    this.#direct = direct;
  }

  get fd(): number {
    return this.#handle.fd;
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async read(offsetBytes: number, target: Buffer): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.#handle.read(target, done, target.length - done, offsetBytes + done);
      done += bytesRead;
      // A direct read that ends at an odd place has met the end of the file; it could not go on from there.
      if (bytesRead === 0 || (this.#direct && done % directAlignmentBytes !== 0)) break;
    }
    return done;
  }

  async write(
    offsetBytes: number,
    parts: readonly Buffer[],
    options: { readonly pastCache?: boolean } = {},
  ): Promise<void> {
    const direct = options.pastCache === true ? await openDirect(this.#path, constants.O_WRONLY) : undefined;
    if (direct !== undefined) {
      await writePastCache(this.#handle, direct, offsetBytes, parts).finally(() => direct.close());
      return;
    }
    // writev takes at most 1024 parts (IOV_MAX), and may write less than it was given.
    for (let first = 0, at = offsetBytes; first < parts.length; first += 1024) {
      let rest: Buffer[] = parts.slice(first, first + 1024);
      while (rest.length > 0) {
        const { bytesWritten } = await this.#handle.writev(rest, at);
        at += bytesWritten;
        rest = skip(rest, bytesWritten);
      }
    }
  }

  sync(): Promise<void> {
    return this.#handle.datasync();
  }

  truncate(sizeBytes: number): Promise<void> {
    return this.#handle.truncate(sizeBytes);
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

/** `parts` without their first `bytes` bytes. */
function skip(parts: readonly Buffer[], bytes: number): Buffer[] {
  const rest: Buffer[] = [];
  for (const part of parts) {
    if (bytes < part.length) rest.push(bytes > 0 ? part.subarray(bytes) : part);
    bytes = Math.max(0, bytes - part.length);
  }
  return rest;
}

/** The file for reads or writes past the page cache; undefined where its file system has none. */
async function openDirect(path: string, access: number): Promise<FileHandle | undefined> {
  try {
    return await open(path, access | constants.O_DIRECT);
  } catch (error) {
    if (errorCode(error) !== "EINVAL") throw error;
    return undefined;
  }
}

export const nodeStoreFiles: StoreFiles = {
  async open(path, mode) {
    const flags = { create: "wx+", write: "r+", read: "r" };
    if (mode !== "direct") return new NodeFile(await open(path, flags[mode], 0o600), path);
    const direct = await openDirect(path, constants.O_RDONLY);
    return direct === undefined
      ? new NodeFile(await open(path, "r"), path)
      : new NodeFile(direct, path, true);
  },
  list: (directory) => readdir(directory),
  sizeBytes: async (path) => (await stat(path).catch(() => undefined))?.size ?? 0,
  readWhole: (path) => readFile(path),
  rename: (from, to) => rename(from, to),
  remove: (path) => rm(path, { force: true }),
  async syncDirectory(directory) {
    const handle = await open(directory, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
