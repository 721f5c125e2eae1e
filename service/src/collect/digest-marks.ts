/**
 * A set of digests of bounded size, by the eight bytes in the middle of each. Two digests that agree in those are taken for
 * one, so a chunk that nothing refers to may stay; one that something refers to is never missed.
 *
 * Open addressing in two flat arrays, at most half full: 16 to 32 bytes a digest. Slots are chosen with a random seed, since
 * digests can come from somebody who picks them to collide.
 */
import { randomBytes } from "node:crypto";

const fingerprintAt = 12;

export class DigestMarks {
  readonly #high: Uint32Array;
  readonly #low: Uint32Array;
  readonly #mask: number;
  readonly #seed = randomBytes(4).readUInt32LE(0);
  #size = 0;

  /** @param capacity digests that it can take at most */
  constructor(readonly capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, capacity * 2)));
    this.#high = new Uint32Array(slots);
    this.#low = new Uint32Array(slots);
    this.#mask = slots - 1;
  }

  /** @param digest 32 bytes */
  add(digest: Buffer): void {
    const slot = this.#slotOf(digest);
    if (this.#isTaken(slot)) return;
    if (this.#size === this.capacity) throw new RangeError(`more than ${this.capacity} digests`);
    this.#size++;
    this.#high[slot] = digest.readUInt32LE(fingerprintAt);
    this.#low[slot] = lowOf(digest);
  }

  has(digest: Buffer): boolean {
    return this.#isTaken(this.#slotOf(digest));
  }

  #slotOf(digest: Buffer): number {
    const high = digest.readUInt32LE(fingerprintAt);
    const low = lowOf(digest);
    let hash = Math.imul(high ^ this.#seed, 0x85ebca6b);
    hash = Math.imul(low ^ hash ^ (hash >>> 15), 0xc2b2ae35);
    let slot = (hash ^ (hash >>> 13)) & this.#mask;
    while (this.#isTaken(slot) && (this.#high[slot] !== high || this.#low[slot] !== low)) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  #isTaken(slot: number): boolean {
    return this.#low[slot] !== 0;
  }
}

/** Never 0, which marks a free slot. */
const lowOf = (digest: Buffer): number => (digest.readUInt32LE(fingerprintAt + 4) | 1) >>> 0;
