import { DvceError } from "@dvce/api";
import { DigestTable, IndexBuilder, type ImageIndex } from "@dvce/image";
import type { Caibx } from "./decode-caibx";
import { zeroDigest } from "./zero-chunks";

/**
 * The index of the image that a `.caibx` describes, of the same chunks: nothing is cut anew. Chunks of zeros become holes.
 *
 * @throws DvceError `DVCE_CAIBX_INVALID` for one that describes no bytes, or gives one digest two sizes;
 *   `DVCE_INDEX_INVALID` for more chunks than an index takes
 */
export function indexOfCaibx(caibx: Caibx): ImageIndex {
  if (caibx.sizeBytes === 0)
    throw new DvceError("DVCE_CAIBX_INVALID", "This .caibx cannot be used: it describes no bytes at all.");
  const builder = new IndexBuilder(caibx.sizeBytes);
  const seen = new DigestTable();
  const sizes: number[] = [];
  let start = 0;
  for (let i = 0; i < caibx.chunkCount; i++) {
    const digest = caibx.digest(i);
    const end = caibx.endBytes(i);
    const sizeBytes = end - start;
    if (!digest.equals(zeroDigest(sizeBytes))) {
      const { entry } = seen.add(digest);
      const before = (sizes[entry] ??= sizeBytes);
      if (before !== sizeBytes) {
        throw new DvceError(
          "DVCE_CAIBX_INVALID",
          `This .caibx cannot be used: chunk ${digest.toString("hex")} has ${before} bytes in one place and ${sizeBytes} in another.`,
        );
      }
      builder.add(digest, sizeBytes, { offsetBytes: start, offsetInChunk: 0, lengthBytes: sizeBytes });
    }
    start = end;
  }
  return builder.build();
}
