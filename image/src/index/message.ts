import { DvceError } from "@dvce/api";
import { indexMessageSizeBytesMax } from "./format";
import type { ImageIndex } from "./image-index";

/** The index as it is announced to a pool. Throws `DVCE_BODY_TOO_LARGE` for more than a pool takes. */
export function indexMessage(index: Pick<ImageIndex, "encodedSizeBytes" | "chunkCount" | "encode">): Buffer {
  if (index.encodedSizeBytes > indexMessageSizeBytesMax) {
    throw new DvceError(
      "DVCE_BODY_TOO_LARGE",
      `The image's index has ${index.encodedSizeBytes} bytes for ${index.chunkCount} chunks; a pool takes indexes of at most ` +
        `${indexMessageSizeBytesMax} bytes, which is some 290 GB of image data without holes. Zero what the image does not ` +
        "need (fstrim), or divide it into several images.",
    );
  }
  return index.encode();
}
