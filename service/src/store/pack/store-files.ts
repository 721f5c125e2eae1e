/** The file system as the pack store uses it: the edge where tests put failing disks and lost writes. */
import { type FileHandle, open, readdir, readFile, rename, rm } from "node:fs/promises";

export interface StoreFile {
  sizeBytes(): Promise<number>;
  /** Reads into `target` until it is full or the file ends; answers how many bytes were read. */
  read(offsetBytes: number, target: Buffer): Promise<number>;
  /** Writes all of `parts`, one after the other, from `offsetBytes`. */
  write(offsetBytes: number, parts: readonly Buffer[]): Promise<void>;
  /** Resolves when a power cut cannot lose what was written (fdatasync). */
  sync(): Promise<void>;
  truncate(sizeBytes: number): Promise<void>;
  close(): Promise<void>;
}

export interface StoreFiles {
  /** `create` fails when the file exists, `write` and `read` when it does not. */
  open(path: string, mode: "create" | "write" | "read"): Promise<StoreFile>;
  list(directory: string): Promise<string[]>;
  readWhole(path: string): Promise<Buffer>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Resolves when a power cut cannot undo creations, renames and removals in the directory. */
  syncDirectory(directory: string): Promise<void>;
}

class NodeFile implements StoreFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async sizeBytes(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async read(offsetBytes: number, target: Buffer): Promise<number> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.#handle.read(target, done, target.length - done, offsetBytes + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  }

  async write(offsetBytes: number, parts: readonly Buffer[]): Promise<void> {
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

export const nodeStoreFiles: StoreFiles = {
  async open(path, mode) {
    return new NodeFile(await open(path, mode === "create" ? "wx+" : mode === "write" ? "r+" : "r", 0o600));
  },
  list: (directory) => readdir(directory),
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
