import { digestOf, type ImageIndex } from "@dvce/image";
import { open, type FileHandle } from "node:fs/promises";
import { setImmediate as yieldToOthers } from "node:timers/promises";

/** Extents that are looked at before others get their turn. */
const extentsAtATime = 20_000;

/**
 * A chunk's bytes out of a version's base file, by their digest: whatever else is said of the file, they are the chunk's.
 * Undefined when no extent of the file holds the whole chunk, or the file cannot be read.
 */
export async function chunkInFile(
  path: string,
  index: ImageIndex,
  chunk: number,
): Promise<Buffer | undefined> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const sizeBytes = index.chunkSizeBytes(chunk);
    for (let number = 0; number < index.extentCount; number++) {
      if (number % extentsAtATime === extentsAtATime - 1) await yieldToOthers();
      const extent = index.extentAt(number);
      if (extent.chunk !== chunk || extent.lengthBytes !== sizeBytes) continue;
      const bytes = await readWhole(file, extent.offsetBytes, sizeBytes).catch(() => undefined);
      if (bytes !== undefined && digestOf(bytes) === index.chunkDigest(chunk)) return bytes;
    }
    return undefined;
  } finally {
    await file.close();
  }
}

async function readWhole(
  file: FileHandle,
  offsetBytes: number,
  sizeBytes: number,
): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  for (let done = 0; done < sizeBytes;) {
    const { bytesRead } = await file.read(bytes, done, sizeBytes - done, offsetBytes + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return bytes;
}
