import { digestSizeBytes } from "./digest";

/**
 * 32 bits of the digest at `source[offset, offset + 32)`. Tables seed it with random bits, since digests can come from someone
 * who picks them to collide.
 */
export function hashDigest(source: Buffer, offset: number, seed: number): number {
  let hash = seed;
  for (let at = offset; at < offset + digestSizeBytes; at += 8) {
    hash = Math.imul(hash ^ source.readInt32LE(at), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ source.readInt32LE(at + 4), 0xc2b2ae35);
    hash ^= hash >>> 13;
  }
  return hash >>> 0;
}

/** As {@link hashDigest}, for the eight words of a digest that begin at `words[at]`. */
export function hashDigestWords(words: Int32Array, at: number, seed: number): number {
  let hash = seed;
  for (let i = at; i < at + digestSizeBytes / 4; i += 2) {
    hash = Math.imul(hash ^ (words[i] ?? 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 15) ^ (words[i + 1] ?? 0), 0xc2b2ae35);
    hash ^= hash >>> 13;
  }
  return hash >>> 0;
}
