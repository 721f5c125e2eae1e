/** The chunks that the crash suites write: each follows from a seed and a number, so that they can be told again. */
import { createHash } from "node:crypto";
import { encodeChunk, type EncodedChunk } from "@dvce/image";

/** Chunk `number` of a run: 1 to 60 KiB, half of it compressible. */
export function crashChunk(seed: number, number: number): EncodedChunk {
  const block = (salt: string) => createHash("sha512").update(`${seed}/${number}/${salt}`).digest();
  const head = block("size");
  const sizeBytes = 1024 + (head.readUInt16LE(0) % (59 * 1024));
  const noise = Array.from({ length: Math.ceil(sizeBytes / 2 / 64) }, (_, i) => block(String(i)));
  return encodeChunk(Buffer.concat([...noise, Buffer.alloc(sizeBytes, head)], sizeBytes));
}
