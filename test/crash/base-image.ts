/** The image that the base file suite fills and finds again: it follows from a seed. */
import { createHash } from "node:crypto";
import { digestOf, IndexBuilder, type ImageIndex } from "@dvce/image";

const extentCount = 600;
const block = 4096;

/** Extents of 4 to 64 KiB with holes between them, each a chunk of its own. */
export function crashImage(seed: number): { readonly index: ImageIndex; readonly bytes: Buffer } {
  const pieces = Array.from({ length: extentCount }, (_, i) => {
    const salt = createHash("sha256").update(`${seed}/${i}`).digest();
    const chunk = Buffer.alloc((1 + (salt.readUInt8(0) % 16)) * block);
    for (let at = 0; at < chunk.length; at += block) {
      createHash("sha512").update(salt).update(String(at)).digest().copy(chunk, at);
      chunk.fill(1 + (salt.readUInt8(1) % 255), at + 64, at + block); // never zeros, as a lost block would be
    }
    return { chunk, holeBytes: (salt.readUInt8(2) % 3) * block };
  });
  const sizeBytes = pieces.reduce((sum, { chunk, holeBytes }) => sum + chunk.length + holeBytes, 0);
  const bytes = Buffer.alloc(sizeBytes);
  const builder = new IndexBuilder(sizeBytes);
  let offsetBytes = 0;
  for (const { chunk, holeBytes } of pieces) {
    const extent = { offsetBytes, offsetInChunk: 0, lengthBytes: chunk.length };
    builder.add(Buffer.from(digestOf(chunk), "hex"), chunk.length, extent);
    chunk.copy(bytes, offsetBytes);
    offsetBytes += chunk.length + holeBytes;
  }
  return { index: builder.build(), bytes };
}
