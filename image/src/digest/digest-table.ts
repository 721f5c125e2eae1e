/**
 * A set of SHA-256 digests in two flat arrays: eight words a digest, and open-addressed slots of one word that are at most half
 * full. An entry costs 40 to 80 bytes and no garbage collection, where a `Map` of hex strings costs some 200. Entries are
 * numbered 0, 1, 2 … in the order of insertion and never move.
 *
 * Slots are chosen by a hash with a random seed, since digests can come from a peer that picks them to collide.
 *
 * Stores of millions of chunks enter them here at every start, so the innermost steps work on words of 32 bits: reading them
 * out of a buffer takes longer than everything else that is done with them.
 */
import { randomBytes } from "node:crypto";
import { digestSizeBytes } from "./digest";
import { hashDigestWords } from "./hash-digest";

/** 32-bit words of a digest, as they lie in memory. */
export const digestWordCount = digestSizeBytes / 4;

const emptySlot = 0;

export class DigestTable {
  #digests: Int32Array<ArrayBuffer>;
  /** An entry's number and 1, or {@link emptySlot}: memory comes zeroed, so large tables are ready at once. */
  #slots: Uint32Array;
  #size = 0;
  readonly #seed = randomBytes(4).readUInt32LE(0);
  /** One digest that came in a buffer. */
  readonly #given = new Int32Array(digestWordCount);
  readonly #givenBytes = Buffer.from(this.#given.buffer);

  /** @param capacity entries to make room for; the table grows by doubling beyond it. */
  constructor(capacity = 1024) {
    const slotCount = 2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2)));
    this.#slots = new Uint32Array(slotCount);
    this.#digests = new Int32Array((slotCount / 2) * digestWordCount);
  }

  get size(): number {
    return this.#size;
  }

  /** The number of the entry whose digest stands at `source[offset, offset + 32)`, or -1. */
  find(source: Buffer, offset = 0): number {
    this.#take(source, offset);
    return (this.#slots[this.#slotOf(this.#given, 0)] ?? emptySlot) - 1;
  }

  /** Adds the digest at `source[offset, offset + 32)`; `added` is false when it was there already. */
  add(source: Buffer, offset = 0): { entry: number; added: boolean } {
    const size = this.#size;
    this.#take(source, offset);
    return { entry: this.addWords(this.#given, 0), added: this.#size > size };
  }

  /** Adds the digest whose words begin at `words[at]`. Answers its entry, which is a new one when the size has grown. */
  addWords(words: Int32Array, at: number): number {
    const slot = this.#slotOf(words, at);
    const known = this.#slots[slot] ?? emptySlot;
    if (known !== emptySlot) return known - 1;
    const entry = this.#size++;
    const start = entry * digestWordCount;
    for (let i = 0; i < digestWordCount; i++) this.#digests[start + i] = words[at + i] ?? 0;
    this.#slots[slot] = entry + 1;
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    return entry;
  }

  /** The digest of an entry, as a view that must not be written to. */
  digestAt(entry: number): Buffer {
    return Buffer.from(this.#digests.buffer, entry * digestSizeBytes, digestSizeBytes);
  }

  #take(source: Buffer, offset: number): void {
    source.copy(this.#givenBytes, 0, offset, offset + digestSizeBytes);
  }

  /** The slot that holds the digest, or the empty one where it belongs. */
  #slotOf(words: Int32Array, at: number): number {
    const slots = this.#slots;
    const digests = this.#digests;
    const mask = slots.length - 1;
    let slot = hashDigestWords(words, at, this.#seed) & mask;
    for (;;) {
      const numbered = slots[slot] ?? emptySlot;
      if (numbered === emptySlot) return slot;
      const start = (numbered - 1) * digestWordCount;
      let equal = 0;
      while (equal < digestWordCount && digests[start + equal] === words[at + equal]) equal++;
      if (equal === digestWordCount) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const digests = new Int32Array(this.#digests.length * 2);
    digests.set(this.#digests);
    this.#digests = digests;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.#size; entry++) {
      this.#slots[this.#slotOf(digests, entry * digestWordCount)] = entry + 1;
    }
  }
}
