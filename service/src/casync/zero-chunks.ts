import { chunkSizeBytesMax, digestBytesOf } from "@dvce/image";

const digests = new Map<number, Buffer>();
const zeros = Buffer.alloc(chunkSizeBytesMax);
/** Beyond it, digests are computed again rather than kept: an image has one or two odd sizes, an attacker's has many. */
const keptMax = 4096;

/** SHA-256 of so many zero bytes, at most {@link chunkSizeBytesMax}; as 32 bytes that must not be written to. */
export function zeroDigest(sizeBytes: number): Buffer {
  const known = digests.get(sizeBytes);
  if (known !== undefined) return known;
  const digest = digestBytesOf(zeros.subarray(0, sizeBytes));
  if (digests.size < keptMax) digests.set(sizeBytes, digest);
  return digest;
}
