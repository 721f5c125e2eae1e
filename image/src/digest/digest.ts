import { hash } from "node:crypto";

/** SHA-256 as 64 lower-case hex digits. Names a chunk by its bytes and a version by its encoded index. */
export type Digest = string;

export const digestSizeBytes = 32;

/** The SHA-256 of `data` in hex. Synchronous: hashing 64 KiB takes less time than a trip to another thread. */
export function digestOf(data: Buffer): Digest {
  return hash("sha256", data, "hex");
}

/** The SHA-256 of `data` as 32 bytes, for flat tables. */
export function digestBytesOf(data: Buffer): Buffer {
  return hash("sha256", data, "buffer");
}
