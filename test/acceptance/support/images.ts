/** Small disk images for tests that need no guest: they have a partition table, and data that differs by seed. */
import { createHash } from "node:crypto";
import { truncate, writeFile } from "node:fs/promises";
import { run } from "../../../service/src/dev-pool/run";

const mebibyte = 1024 * 1024;

/** Writes a raw image of `sizeMiB` with an MBR, one partition from 1 MiB on, and `dataMiB` of data in it. */
export async function writeRawImage(
  path: string,
  options: { readonly seed: string; readonly sizeMiB: number; readonly dataMiB: number },
): Promise<void> {
  const image = Buffer.alloc((1 + options.dataMiB) * mebibyte);
  // MBR: partition entries from 446, each 16 bytes: status, CHS, type, CHS, first sector, sectors; then 55 AA.
  image.writeUInt8(0x80, 446);
  image.writeUInt8(0x83, 450);
  image.writeUInt32LE(mebibyte / 512, 454);
  image.writeUInt32LE(((options.sizeMiB - 1) * mebibyte) / 512, 458);
  image.writeUInt16BE(0x55aa, 510);
  for (let offset = mebibyte; offset < image.length; offset += 32) {
    createHash("sha256").update(`${options.seed} ${offset}`).digest().copy(image, offset);
  }
  await writeFile(path, image);
  await truncate(path, options.sizeMiB * mebibyte);
}

/** Converts a raw image to qcow2. */
export async function writeQcow2Image(path: string, rawPath: string): Promise<void> {
  const result = await run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", rawPath, path]);
  if (result.code !== 0) throw new Error(`qemu-img failed: ${result.stderr}`);
}
