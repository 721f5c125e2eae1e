import { encodeChunk, type ImageIndex } from "@dvce/image";
import { open } from "node:fs/promises";

/** What chunks of the raw image at `path` take as nodes keep and send them. */
export async function compressedBytesOf(
  index: ImageIndex,
  path: string,
  chunks: readonly number[],
): Promise<number> {
  const wanted = new Set(chunks);
  const file = await open(path);
  try {
    let bytes = 0;
    for (let i = 0; i < index.extentCount; i++) {
      const { chunk, offsetBytes, lengthBytes } = index.extentAt(i); // an image's extents are whole chunks
      if (!wanted.delete(chunk)) continue;
      const data = Buffer.alloc(lengthBytes);
      await file.read(data, 0, lengthBytes, offsetBytes);
      bytes += encodeChunk(data).payload.length;
    }
    return bytes;
  } finally {
    await file.close();
  }
}
