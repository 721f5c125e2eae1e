/**
 * Which extents of a version lie in its base file: one bit each, in memory that the agent's threads share.
 *
 * A bit is set after the extent's bytes were written to the file, so whoever sees it may read them. What a power
 * cut leaves of that is the map's business; see base-map.ts.
 *
 *     0   4  number of extents, E
 *     4   4  n during the n-th recording of reads, -n after it; see read-log.ts
 *     8   …  ⌈E / 8⌉ bytes: bit i, least significant first in each byte, is extent i
 */
const bitsStart = 8;
const recordingWord = 1;

export class Presence {
  readonly extentCount: number;
  /** To be given to another thread's {@link Presence.over}. */
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #bits: Uint8Array;

  private constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, bitsStart / 4);
    this.extentCount = this.#words[0] ?? 0;
    this.#bits = new Uint8Array(memory, bitsStart);
  }

  static empty(extentCount: number): Presence {
    const memory = new SharedArrayBuffer(bitsStart + Math.ceil(extentCount / 8));
    new Int32Array(memory, 0, 1)[0] = extentCount;
    return new Presence(memory);
  }

  static over(memory: SharedArrayBuffer): Presence {
    return new Presence(memory);
  }

  has(extent: number): boolean {
    return ((Atomics.load(this.#bits, extent >> 3) >> (extent & 7)) & 1) === 1;
  }

  /** False when it was set already. */
  set(extent: number): boolean {
    const mask = 1 << (extent & 7);
    return (Atomics.or(this.#bits, extent >> 3, mask) & mask) === 0;
  }

  /** False when it was not set. */
  clear(extent: number): boolean {
    const mask = 1 << (extent & 7);
    return (Atomics.and(this.#bits, extent >> 3, ~mask & 0xff) & mask) !== 0;
  }

  /** Whether every extent from `first` to before `end` is there. */
  hasAll(first: number, end: number): boolean {
    for (let extent = first; extent < end; extent++) if (!this.has(extent)) return false;
    return true;
  }

  /** The bits as they are now, in a buffer of their own. */
  copy(): Buffer {
    return Buffer.from(this.#bits);
  }

  /** Takes over bits that {@link copy} gave. */
  restore(bits: Uint8Array): void {
    this.#bits.set(bits);
  }

  /** The number of the recording of reads that is going on; 0 while none is. */
  get recording(): number {
    return Math.max(0, Atomics.load(this.#words, recordingWord));
  }

  /** Begins a recording, unless one is going on. Called on one thread only, as `endRecording` is. */
  beginRecording(): void {
    const word = Atomics.load(this.#words, recordingWord);
    if (word <= 0) Atomics.store(this.#words, recordingWord, 1 - word);
  }

  endRecording(): void {
    const word = Atomics.load(this.#words, recordingWord);
    if (word > 0) Atomics.store(this.#words, recordingWord, -word);
  }
}
