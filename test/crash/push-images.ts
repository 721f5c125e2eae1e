/** The images of pushes.test.ts: each follows from a seed and a number, and shares most of its chunks. */
import { digestOf, IndexBuilder, type EncodedChunk, type ImageIndex } from "@dvce/image";
import { crashChunk } from "./chunks";

const chunksAnImage = 24;
const universe = 160;

/** Image `number` of a run: which chunks it has follows from the seed. */
function imageNumbers(seed: number, number: number): number[] {
  const order = Buffer.from(digestOf(Buffer.from(`${seed}/${number}`)).repeat(3), "hex");
  return [
    ...new Set(Array.from({ length: chunksAnImage }, (_, i) => (order.readUInt16LE(i) + i * 7) % universe)),
  ];
}

export function imageOf(seed: number, number: number): { index: ImageIndex; chunks: EncodedChunk[] } {
  const chunks = imageNumbers(seed, number).map((chunk) => crashChunk(seed, chunk));
  const slotBytes = 64 * 1024;
  const builder = new IndexBuilder((chunks.length + 1) * slotBytes);
  chunks.forEach(({ digest, sizeBytes }, i) => {
    const extent = { offsetBytes: i * slotBytes, offsetInChunk: 0, lengthBytes: sizeBytes };
    builder.add(Buffer.from(digest, "hex"), sizeBytes, extent);
  });
  // What sets images with the same chunks apart, so that each is a version of its own.
  const own = crashChunk(seed, universe + number);
  builder.add(Buffer.from(own.digest, "hex"), own.sizeBytes, {
    offsetBytes: chunks.length * slotBytes,
    offsetInChunk: 0,
    lengthBytes: own.sizeBytes,
  });
  return { index: builder.build(), chunks: [...chunks, own] };
}
