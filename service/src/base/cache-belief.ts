/**
 * Whether reads of a file are worth doing at once, on the thread that serves sockets: they take microseconds while the
 * page cache has the bytes, and keep every guest waiting while a disk is asked. Node has no way to ask the kernel for
 * cached bytes only (`preadv2` with `RWF_NOWAIT`), so the last reads tell: after a slow one reads go to other threads,
 * and one is tried again after 16 reads, 32 after the next slow one, and so on. A read that was slow although nothing came
 * from storage only lost its processor for a while, and does not count.
 */
import { bytesReadFromStorage } from "./storage-reads";

const triesEveryMin = 16;
const triesEveryMax = 1024;
/** A cached read: this and a memory copy. A disk takes 80 µs at the least. */
const slowMsMin = 0.06;
const copiedBytesPerMs = 1_000_000;

export class CacheBelief {
  readonly #storageBytes: () => number | undefined;
  #storageBytesSeen: number | undefined;
  #triesEvery = 0;
  #readsUntilTry = 0;

  /** @param storageBytes what this thread has had read from storage; undefined when nobody knows */
  constructor(storageBytes: () => number | undefined = bytesReadFromStorage) {
    this.#storageBytes = storageBytes;
    this.#storageBytesSeen = storageBytes();
  }

  /** Whether to do the next read at once. */
  expects(): boolean {
    if (this.#triesEvery === 0) return true;
    if (this.#readsUntilTry > 0) {
      this.#readsUntilTry--;
      return false;
    }
    return true;
  }

  /** A read that was done at once took so long. */
  took(ms: number, lengthBytes: number): void {
    if (ms < slowMsMin + lengthBytes / copiedBytesPerMs || !this.#cameFromStorage()) {
      this.#triesEvery = 0;
      return;
    }
    this.#triesEvery = Math.min(triesEveryMax, Math.max(triesEveryMin, this.#triesEvery * 2));
    this.#readsUntilTry = this.#triesEvery;
  }

  #cameFromStorage(): boolean {
    const bytes = this.#storageBytes();
    const isSame = bytes !== undefined && bytes === this.#storageBytesSeen;
    this.#storageBytesSeen = bytes;
    return !isSame;
  }
}
