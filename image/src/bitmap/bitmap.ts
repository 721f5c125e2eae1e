import { DvceError } from "@dvce/api";
import { digestBytesOf } from "../digest/digest";
import type { ImageIndex } from "../index/image-index";

/**
 * Which of an index's unique chunks something applies to: bit i, least significant first in each byte, is
 * chunk i. Unused bits of the last byte are zero. Travels as base64.
 */
export class ChunkBitmap {
  readonly length: number;
  readonly #bits: Buffer;

  constructor(length: number) {
    if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`a bitmap of ${length} bits`);
    this.length = length;
    this.#bits = Buffer.alloc(Math.ceil(length / 8));
  }

  /** Throws `DVCE_INPUT_INVALID` when `text` is not the base64 of exactly `length` bits. */
  static fromBase64(text: string, length: number): ChunkBitmap {
    const bitmap = new ChunkBitmap(length);
    const bytes = Buffer.from(text, "base64");
    const spare = bytes.length * 8 - length;
    const last = bytes[bytes.length - 1] ?? 0;
    if (
      bytes.length !== bitmap.#bits.length ||
      bytes.toString("base64") !== text ||
      (spare > 0 && last >> (8 - spare) !== 0)
    ) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `A chunk bitmap of ${bytes.length} bytes does not fit an index of ${length} chunks; ` +
          `it must be the base64 of ${bitmap.#bits.length} bytes with unused bits zero`,
      );
    }
    bytes.copy(bitmap.#bits);
    return bitmap;
  }

  toBase64(): string {
    return this.#bits.toString("base64");
  }

  has(i: number): boolean {
    this.#check(i);
    return (((this.#bits[i >> 3] ?? 0) >> (i & 7)) & 1) === 1;
  }

  set(i: number): void {
    this.#check(i);
    this.#bits[i >> 3] = (this.#bits[i >> 3] ?? 0) | (1 << (i & 7));
  }

  clear(i: number): void {
    this.#check(i);
    this.#bits[i >> 3] = (this.#bits[i >> 3] ?? 0) & ~(1 << (i & 7));
  }

  /** How many bits are set. */
  count(): number {
    let count = 0;
    for (let byte of this.#bits) for (; byte !== 0; byte &= byte - 1) count++;
    return count;
  }

  /** Bytes, before compression, of the chunks whose bit is not set. */
  missingBytes(index: ImageIndex): number {
    if (index.chunkCount !== this.length) {
      throw new RangeError(`a bitmap of ${this.length} bits for an index of ${index.chunkCount} chunks`);
    }
    let bytes = 0;
    for (let at = 0; at < this.#bits.length; at++) {
      const byte = this.#bits[at] ?? 0;
      if (byte === 0xff) continue;
      const end = Math.min(8, this.length - at * 8);
      for (let bit = 0; bit < end; bit++)
        if (((byte >> bit) & 1) === 0) bytes += index.chunkSizeBytes(at * 8 + bit);
    }
    return bytes;
  }

  /** {@link missingBytes}, from that of another bitmap of the index: in time that grows with what differs. */
  missingBytesFrom(index: ImageIndex, other: ChunkBitmap, missingBytesOfOther: number): number {
    if (index.chunkCount !== this.length || other.length !== this.length) {
      throw new RangeError(
        `bitmaps of ${this.length} and ${other.length} bits for an index of ${index.chunkCount} chunks`,
      );
    }
    let bytes = missingBytesOfOther;
    for (let at = 0; at < this.#bits.length; at++) {
      const byte = this.#bits[at] ?? 0;
      const changed = byte ^ (other.#bits[at] ?? 0);
      for (let bit = 0, rest = changed; rest !== 0; bit++, rest >>= 1) {
        if ((rest & 1) === 0) continue;
        const size = index.chunkSizeBytes(at * 8 + bit);
        bytes += ((byte >> bit) & 1) === 1 ? -size : size;
      }
    }
    return bytes;
  }

  /** The same for bitmaps of the same bits, and for no others: their SHA-256, not as text. */
  fingerprint(): string {
    return digestBytesOf(this.#bits).toString("latin1");
  }

  or(other: ChunkBitmap): ChunkBitmap {
    return this.#combine(other, (a, b) => a | b);
  }

  and(other: ChunkBitmap): ChunkBitmap {
    return this.#combine(other, (a, b) => a & b);
  }

  /** The bits of this one that are not set in the other. */
  andNot(other: ChunkBitmap): ChunkBitmap {
    return this.#combine(other, (a, b) => a & ~b);
  }

  #combine(other: ChunkBitmap, operator: (a: number, b: number) => number): ChunkBitmap {
    if (other.length !== this.length) {
      throw new RangeError(`bitmaps of ${this.length} and ${other.length} bits cannot be combined`);
    }
    const result = new ChunkBitmap(this.length);
    for (let i = 0; i < this.#bits.length; i++) {
      result.#bits[i] = operator(this.#bits[i] ?? 0, other.#bits[i] ?? 0);
    }
    return result;
  }

  #check(i: number): void {
    if (!Number.isInteger(i) || i < 0 || i >= this.length) {
      throw new RangeError(`bit ${i} of a bitmap of ${this.length} bits`);
    }
  }
}
