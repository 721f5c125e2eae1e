/**
 * A file system for tests, with a page cache of its own, so that power cuts and failed syncs show what they leave.
 *
 * Pages of 4 KiB are written to the cache; sync brings them to the disk. A power cut keeps of the pages that were not
 * synced any, in any mixture, also torn ones; of creations, renames and removals a first part, unless the directory was
 * synced. A failed sync marks pages clean without writing them, as Linux does: reads give what the disk does not have.
 * The process can be stopped before any effect (`stopBefore`); from then on every effect throws, as for a process that is
 * no more. One flat directory; paths are told apart by their last part.
 */
import { basename } from "node:path";
import type { StoreFile, StoreFiles } from "./store-files";
import { failingWith } from "./faulty-files";

const pageSizeBytes = 4096;

interface Inode {
  cache: Buffer;
  disk: Buffer;
  readonly dirty: Set<number>;
}

type Entries = Map<string, Inode>;

/** Numbers from 0 to below `bound`. */
export interface Dice {
  below(bound: number): number;
}

export class SimulatedDisk {
  #cached: Entries = new Map();
  #stored: Entries = new Map();
  #pending: ((entries: Entries) => void)[] = [];
  #effects = 0;
  #process = 0;
  /** The effect, counted from 0, before which the process stops; Infinity for never. */
  stopBefore = Infinity;
  /** Whether the next sync fails. */
  failNextSync = false;
  /** The effect, counted from 0, that fails with this code; so do all later ones if it is lasting. */
  failure: { readonly effect: number; readonly code: string; readonly isLasting: boolean } | undefined;
  /** Syncs of files that a sync had failed for before. */
  syncsRepeated = 0;

  get effects(): number {
    return this.#effects;
  }

  names(): string[] {
    return [...this.#cached.keys()].sort();
  }

  /** Changes what is stored of a file, behind everybody's back. */
  damage(name: string, atBytes: number, bytes: Buffer): void {
    const inode = this.#cached.get(name);
    if (inode === undefined) throw new Error(`no file ${name}`);
    bytes.copy(inode.cache, atBytes);
    bytes.copy(inode.disk, atBytes);
  }

  /** A file as it lies on the disk already. */
  place(name: string, bytes: Buffer): void {
    const inode: Inode = {
      cache: grown(Buffer.alloc(0), bytes.length),
      disk: Buffer.alloc(0),
      dirty: new Set(),
    };
    bytes.copy(inode.cache);
    inode.disk = grown(Buffer.alloc(0), bytes.length);
    bytes.copy(inode.disk);
    this.#cached.set(name, inode);
    this.#stored.set(name, inode);
  }

  /** The process ends; the next one finds what the page cache has. */
  kill(): void {
    this.#process++;
    this.stopBefore = Infinity;
    this.failure = undefined;
    this.#effects = 0;
  }

  /** The machine ends; the next process finds what the disk has. */
  cutPower(dice: Dice): void {
    for (const change of this.#pending.splice(0, dice.below(this.#pending.length + 1))) change(this.#stored);
    this.#pending = [];
    for (const inode of this.#stored.values()) {
      for (const page of inode.dirty) {
        const share = dice.below(3);
        if (share > 0) writePage(inode, page, share === 1 ? pageSizeBytes : 512 * dice.below(8));
      }
      inode.dirty.clear();
      inode.cache = grown(Buffer.alloc(0), inode.disk.length);
      inode.disk.copy(inode.cache);
    }
    this.#cached = new Map(this.#stored);
    this.kill();
  }

  /** The file system as the process that runs now sees it; once that process ended, all its effects throw. */
  files(): StoreFiles {
    const process = this.#process;
    const effect = () => this.#effect(process);
    return {
      open: async (path, mode) => {
        const name = basename(path);
        if (mode === "create") {
          effect();
          if (this.#cached.has(name)) throw failingWith("EEXIST");
          const made: Inode = { cache: Buffer.alloc(0), disk: Buffer.alloc(0), dirty: new Set() };
          this.#change((entries) => entries.set(name, made));
        }
        return this.#file(this.#inode(path), effect);
      },
      list: async () => this.names(),
      sizeBytes: async (path) => this.#cached.get(basename(path))?.cache.length ?? 0,
      readWhole: async (path) => Buffer.from(this.#inode(path).cache),
      rename: async (from, to) => {
        effect();
        const inode = this.#inode(from);
        this.#change((entries) => {
          entries.delete(basename(from));
          entries.set(basename(to), inode);
        });
      },
      remove: async (path) => {
        if (!this.#cached.has(basename(path))) return;
        effect();
        this.#change((entries) => entries.delete(basename(path)));
      },
      syncDirectory: async () => {
        effect();
        for (const change of this.#pending.splice(0)) change(this.#stored);
      },
    };
  }

  #inode(path: string): Inode {
    const inode = this.#cached.get(basename(path));
    if (inode === undefined) throw failingWith("ENOENT");
    return inode;
  }

  #change(change: (entries: Entries) => void): void {
    change(this.#cached);
    this.#pending.push(change);
  }

  /** Counts an effect, and stops the process before the one it is to stop before. */
  #effect(process: number): void {
    if (process !== this.#process || this.#effects >= this.stopBefore) throw failingWith("STOPPED");
    const effect = this.#effects++;
    const { failure } = this;
    if (
      failure !== undefined &&
      (effect === failure.effect || (failure.isLasting && effect > failure.effect))
    )
      throw failingWith(failure.code);
  }

  #file(inode: Inode, effect: () => void): StoreFile {
    let failedSync = false;
    return {
      fd: -1,
      sizeBytes: async () => inode.cache.length,
      read: async (offsetBytes, target) =>
        inode.cache.copy(target, 0, offsetBytes, offsetBytes + target.length),
      write: async (offsetBytes, parts) => {
        let bytes = Buffer.concat(parts);
        let failed: Error | undefined;
        try {
          effect();
        } catch (error) {
          failed = error instanceof Error ? error : failingWith("EIO");
          bytes = bytes.subarray(0, bytes.length >> 1); // a write that fails has come half the way
        }
        inode.cache = grown(inode.cache, offsetBytes + bytes.length);
        bytes.copy(inode.cache, offsetBytes);
        for (let page = pageOf(offsetBytes); page <= pageOf(offsetBytes + bytes.length - 1); page++)
          inode.dirty.add(page);
        if (failed !== undefined) throw failed;
      },
      sync: async () => {
        if (failedSync) this.syncsRepeated++;
        const pages = [...inode.dirty];
        inode.dirty.clear();
        try {
          effect();
          if (this.failNextSync) throw failingWith("EIO");
        } catch (error) {
          this.failNextSync = false;
          failedSync = true;
          throw error;
        }
        for (const page of pages) writePage(inode, page, pageSizeBytes);
        if (inode.disk.length > inode.cache.length) inode.disk = inode.disk.subarray(0, inode.cache.length);
      },
      truncate: async (sizeBytes) => {
        effect();
        inode.cache = inode.cache.subarray(0, sizeBytes);
        for (const page of inode.dirty) if (page * pageSizeBytes >= sizeBytes) inode.dirty.delete(page);
        // The journal keeps a truncation, and the rest of the last page is zeroed on the disk sooner or later.
        if (inode.disk.length > sizeBytes) inode.disk = inode.disk.subarray(0, sizeBytes);
      },
      close: async () => undefined,
    };
  }
}

/** The same bytes with zeros up to `sizeBytes`, with room for more behind, since files grow in small steps. */
function grown(bytes: Buffer, sizeBytes: number): Buffer {
  if (bytes.length >= sizeBytes) return bytes;
  const room = Buffer.from(bytes.buffer, bytes.byteOffset);
  if (bytes.byteOffset === 0 && room.length >= sizeBytes)
    return room.subarray(0, sizeBytes).fill(0, bytes.length);
  const larger = Buffer.from(new ArrayBuffer(Math.max(64 * 1024, sizeBytes * 2)));
  bytes.copy(larger);
  return larger.subarray(0, sizeBytes);
}

const pageOf = (offsetBytes: number): number => Math.floor(Math.max(0, offsetBytes) / pageSizeBytes);

/** Brings the first `bytes` bytes of a page to the disk; what lies before a page that was never written reads as zeros. */
function writePage(inode: Inode, page: number, bytes: number): void {
  const start = page * pageSizeBytes;
  const end = Math.min(start + bytes, inode.cache.length);
  if (end <= start) return;
  inode.disk = grown(inode.disk, end);
  inode.cache.copy(inode.disk, start, start, end);
}
