/** Images for other tools' formats: bytes, and a file that holds them. */
import { randomBytes } from "node:crypto";
import { open } from "node:fs/promises";

const MiB = 1024 * 1024;

/**
 * An image with holes in front, in the middle and at the end, with random data and text, the same data twice, a few zeros
 * amid data, and a size that is no multiple of a block.
 */
export function imageBytes(): Buffer {
  const bytes = Buffer.alloc(9 * MiB + 123);
  bytes.writeUInt16LE(0xaa55, 510); // a boot sector, without which DVCE takes no raw file for a disk
  const random = randomBytes(MiB + 300);
  random.copy(bytes, MiB);
  random.copy(bytes, 3 * MiB);
  bytes.fill("casync and desync read this. ", 5 * MiB + 4096, 6 * MiB);
  bytes.fill(0, 5 * MiB + 40_960, 5 * MiB + 49_152);
  bytes.write("the end", 9 * MiB + 116);
  return bytes;
}

/** Writes bytes as a sparse file. */
export async function writeSparse(path: string, bytes: Buffer): Promise<void> {
  const block = 4096;
  const zeros = Buffer.alloc(block);
  const file = await open(path, "w");
  try {
    await file.truncate(bytes.length);
    for (let at = 0; at < bytes.length; at += block) {
      const part = bytes.subarray(at, at + block);
      if (!part.equals(zeros.subarray(0, part.length))) await file.write(part, 0, part.length, at);
    }
  } finally {
    await file.close();
  }
}
