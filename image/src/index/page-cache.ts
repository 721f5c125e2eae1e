/**
 * Pages of files in one piece of memory of fixed size, read when they are asked for and dropped when the room is needed
 * ("clock": a page that was used since the hand passed it last stays for another round). Synchronous: pages of an index
 * in use are in the kernel's cache, and a copy from there takes some microseconds.
 */
import { readSync } from "node:fs";
import { invalid } from "./invalid";

/** Room for a page. */
export const pageSizeBytesMax = 16 * 1024;
/** Pages of one file at most, so that file and page make one number. */
const pagesMax = 2 ** 32;
const memoryBytesDefault = 24 * 1024 * 1024;

export class PageCache {
  readonly #slotCount: number;
  /** Made at the first page: most processes never open an index's file. */
  #memory: Buffer | undefined;
  /** Page of each slot, -1 for none. */
  readonly #keys: Float64Array;
  readonly #used: Uint8Array;
  readonly #slots = new Map<number, number>();
  /** The page asked for last and its slot: records are mostly read in order. */
  #lastKey = -1;
  #lastSlot = 0;
  #hand = 0;
  #files = 0;

  constructor(memoryBytes = memoryBytesDefault) {
    this.#slotCount = Math.max(2, Math.floor(memoryBytes / pageSizeBytesMax));
    this.#keys = new Float64Array(this.#slotCount).fill(-1);
    this.#used = new Uint8Array(this.#slotCount);
  }

  /** Where pages lie; see {@link page}. */
  get memory(): Buffer {
    return (this.#memory ??= Buffer.allocUnsafeSlow(this.#slotCount * pageSizeBytesMax));
  }

  /** Number for a file, or a part of it with pages of its own: the first argument of the other methods. */
  addFile(): number {
    return this.#files++;
  }

  /**
   * Where in {@link memory} page `page` lies, which is read from `fd` at `offsetBytes` when it is not there. Holds until the next
   * call. Throws `DVCE_INDEX_INVALID` when the file ends before the page does, and what reading throws.
   */
  page(file: number, page: number, fd: number, offsetBytes: number, lengthBytes: number): number {
    const key = file * pagesMax + page;
    if (key === this.#lastKey) return this.#lastSlot * pageSizeBytesMax;
    const slot = this.#slots.get(key) ?? this.#load(key, fd, offsetBytes, lengthBytes);
    this.#used[slot] = 1;
    this.#lastKey = key;
    this.#lastSlot = slot;
    return slot * pageSizeBytesMax;
  }

  /** Drops the pages of a file. */
  drop(file: number): void {
    for (let slot = 0; slot < this.#slotCount; slot++) {
      const key = this.#keys[slot] ?? -1;
      if (key < 0 || Math.floor(key / pagesMax) !== file) continue;
      this.#slots.delete(key);
      this.#keys[slot] = -1;
    }
    this.#lastKey = -1;
  }

  #load(key: number, fd: number, offsetBytes: number, lengthBytes: number): number {
    const slot = this.#free();
    this.#lastKey = -1; // its slot may be the one that is filled
    readFully(fd, this.memory, slot * pageSizeBytesMax, lengthBytes, offsetBytes);
    this.#keys[slot] = key;
    this.#slots.set(key, slot);
    return slot;
  }

  #free(): number {
    for (;;) {
      const slot = this.#hand;
      this.#hand = slot + 1 === this.#slotCount ? 0 : slot + 1;
      if (this.#used[slot] === 1) {
        this.#used[slot] = 0;
        continue;
      }
      const key = this.#keys[slot] ?? -1;
      if (key >= 0) this.#slots.delete(key);
      this.#keys[slot] = -1;
      return slot;
    }
  }
}

/** Reads exactly `lengthBytes`. */
export function readFully(
  fd: number,
  target: Buffer,
  targetStart: number,
  lengthBytes: number,
  offsetBytes: number,
): void {
  for (let done = 0; done < lengthBytes;) {
    const read = readSync(fd, target, targetStart + done, lengthBytes - done, offsetBytes + done);
    if (read === 0) throw invalid(`its file ends at ${offsetBytes + done} bytes, before its last record`);
    done += read;
  }
}

let shared: PageCache | undefined;

/** The one of this thread, for every index that is opened without another. */
export function sharedPageCache(): PageCache {
  return (shared ??= new PageCache());
}
