/**
 * A set of SHA-256 digests in two flat arrays: 32 bytes a digest, and open-addressed slots of four bytes that
 * are at most half full. An entry costs 40 to 80 bytes and no garbage collection, where a `Map` of hex strings
 * costs some 200. Entries are numbered 0, 1, 2 … in the order of insertion and never move.
 *
 * Slots are chosen by a hash with a random seed, since digests can come from a peer that picks them to collide.
 */
import { randomBytes } from "node:crypto";
import { digestSizeBytes } from "./digest";
import { hashDigest } from "./hash-digest";

const emptySlot = 0xffffffff;

export class DigestTable {
  #digests: Buffer;
  #slots: Uint32Array;
  #size = 0;
  readonly #seed = randomBytes(4).readUInt32LE(0);

  /** @param capacity entries to make room for; the table grows by doubling beyond it. */
  constructor(capacity = 1024) {
    const slotCount = 2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2)));
    this.#slots = new Uint32Array(slotCount).fill(emptySlot);
    this.#digests = Buffer.allocUnsafeSlow((slotCount / 2) * digestSizeBytes);
  }

  get size(): number {
    return this.#size;
  }

  /** The number of the entry whose digest stands at `source[offset, offset + 32)`, or -1. */
  find(source: Buffer, offset = 0): number {
    const entry = this.#slots[this.#slotOf(source, offset)] ?? emptySlot;
    return entry === emptySlot ? -1 : entry;
  }

  /** Adds the digest at `source[offset, offset + 32)`; `added` is false when it was there already. */
  add(source: Buffer, offset = 0): { entry: number; added: boolean } {
    const slot = this.#slotOf(source, offset);
    const known = this.#slots[slot] ?? emptySlot;
    if (known !== emptySlot) return { entry: known, added: false };
    const entry = this.#size++;
    source.copy(this.#digests, entry * digestSizeBytes, offset, offset + digestSizeBytes);
    this.#slots[slot] = entry;
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    return { entry, added: true };
  }

  /** The digest of an entry, as a view that must not be written to. */
  digestAt(entry: number): Buffer {
    return this.#digests.subarray(entry * digestSizeBytes, (entry + 1) * digestSizeBytes);
  }

  /** The slot that holds the digest, or the empty one where it belongs. */
  #slotOf(source: Buffer, offset: number): number {
    const slots = this.#slots;
    const digests = this.#digests;
    const mask = slots.length - 1;
    const head = source.readInt32LE(offset); // tells nearly all others apart, at a tenth of the cost of a compare
    let slot = hashDigest(source, offset, this.#seed) & mask;
    for (;;) {
      const entry = slots[slot] ?? emptySlot;
      if (entry === emptySlot) return slot;
      const start = entry * digestSizeBytes;
      const end = start + digestSizeBytes;
      if (
        digests.readInt32LE(start) === head &&
        source.compare(digests, start, end, offset, offset + digestSizeBytes) === 0
      )
        return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const digests = Buffer.allocUnsafeSlow(this.#digests.length * 2);
    this.#digests.copy(digests, 0, 0, this.#size * digestSizeBytes);
    this.#digests = digests;
    this.#slots = new Uint32Array(this.#slots.length * 2).fill(emptySlot);
    for (let entry = 0; entry < this.#size; entry++) {
      this.#slots[this.#slotOf(this.#digests, entry * digestSizeBytes)] = entry;
    }
  }
}
