/**
 * Which blocks of a base file are believed to be in the page cache: those that this process has read or written. Such
 * a block is read at once, blocking the thread for a microsecond; any other goes to a thread that may wait for the
 * disk. Node has no way to ask the kernel, so a read that took as long as a disk does is taken as the sign that the
 * cache has dropped things, and everything is forgotten.
 */
const blockBytesMin = 4096;
/** 8 MiB of memory for an image; larger ones (256 GiB and more) get larger blocks. */
const blocksMax = 2 ** 26;
/** A cached read of 64 KiB takes 10 µs, a disk's 80 µs and more; the thread may also have lost its CPU meanwhile. */
const slowMs = 2;

export class Warmth {
  readonly #blockBytes: number;
  readonly #bits: Uint8Array;

  constructor(sizeBytes: number) {
    let blockBytes = blockBytesMin;
    while (sizeBytes / blockBytes > blocksMax) blockBytes *= 2;
    this.#blockBytes = blockBytes;
    this.#bits = new Uint8Array(Math.ceil(sizeBytes / blockBytes / 8));
  }

  has(offsetBytes: number, lengthBytes: number): boolean {
    const end = Math.ceil((offsetBytes + lengthBytes) / this.#blockBytes);
    for (let block = Math.floor(offsetBytes / this.#blockBytes); block < end; block++) {
      if ((((this.#bits[block >> 3] ?? 0) >> (block & 7)) & 1) === 0) return false;
    }
    return true;
  }

  /** The range was read or written just now. */
  add(offsetBytes: number, lengthBytes: number): void {
    const end = Math.ceil((offsetBytes + lengthBytes) / this.#blockBytes);
    for (let block = Math.floor(offsetBytes / this.#blockBytes); block < end; block++) {
      this.#bits[block >> 3] = (this.#bits[block >> 3] ?? 0) | (1 << (block & 7));
    }
  }

  /** A read that was believed to be cached took so long. */
  took(ms: number): void {
    if (ms > slowMs) this.#bits.fill(0);
  }
}
