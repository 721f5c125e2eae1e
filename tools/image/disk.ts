/**
 * Lays out a bootable disk file without loop devices or a mounted file system:
 *
 *   sector 0       first 440 bytes: GRUB's boot.img; disk signature; MBR partition table
 *   sector 1 …     GRUB's core image, whose own first sector lists what follows it
 *   1 MiB …        the one partition: ext4, filled from a directory
 *
 * boot.img and core.img already carry these places (core at sector 1, its rest from sector 2) as their defaults
 * (grub-core/boot/i386/pc/boot.S, diskboot.S), so neither needs patching; this is also why the partition
 * starts at 1 MiB. Written to a temporary name by the caller: a half-written disk is never seen.
 */
import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { execute } from "../setup/execute";
import {
  diskSignature,
  diskSizeBytes,
  filesystemHashSeed,
  filesystemUuid,
  partitionOffsetBytes,
  sourceDateEpoch,
} from "./definition";

const sectorSizeBytes = 512;
const bootCodeSizeBytes = 440;
const filesystemBlockSizeBytes = 4096;

/** The partition table as sfdisk reads it. */
export function partitionTable(): string {
  return [
    "label: dos",
    `label-id: 0x${diskSignature.toString(16)}`,
    "unit: sectors",
    `start=${partitionOffsetBytes / sectorSizeBytes}, type=83, bootable`,
    "",
  ].join("\n");
}

/** GRUB's two pieces for a BIOS. */
export interface BootLoader {
  readonly bootImage: Buffer;
  readonly coreImage: Buffer;
}

/**
 * Writes the boot loader round the partition table that the disk already has.
 * @throws Error if the core image does not fit before the first partition.
 */
export async function writeBootLoader(diskPath: string, loader: BootLoader): Promise<void> {
  const gapSizeBytes = partitionOffsetBytes - sectorSizeBytes;
  if (loader.coreImage.length > gapSizeBytes)
    throw new Error(
      `GRUB's core image has ${loader.coreImage.length} bytes; ${gapSizeBytes} fit before the first partition`,
    );
  const disk = await open(diskPath, "r+");
  try {
    await disk.write(loader.bootImage, 0, bootCodeSizeBytes, 0);
    await disk.write(loader.coreImage, 0, loader.coreImage.length, sectorSizeBytes);
  } finally {
    await disk.close();
  }
}

/** Makes the raw disk `diskPath` from the system in `rootDirectory`. */
export async function assembleDisk(
  rootDirectory: string,
  coreImagePath: string,
  diskPath: string,
): Promise<void> {
  const disk = await open(diskPath, "w");
  await disk.truncate(diskSizeBytes);
  await disk.close();
  await execute("sfdisk", ["--quiet", diskPath], { input: partitionTable() });
  const features = ["^metadata_csum_seed", "^orphan_file"]; // GRUB 2.06 refuses file systems with these
  await execute(
    "mke2fs",
    [
      ...["-q", "-F", "-t", "ext4", "-b", String(filesystemBlockSizeBytes), "-L", "root"],
      ...["-U", filesystemUuid, "-O", features.join(","), "-d", rootDirectory],
      ...["-E", `offset=${partitionOffsetBytes},hash_seed=${filesystemHashSeed}`],
      diskPath,
      String((diskSizeBytes - partitionOffsetBytes) / filesystemBlockSizeBytes),
    ],
    { env: { SOURCE_DATE_EPOCH: String(sourceDateEpoch), E2FSPROGS_FAKE_TIME: String(sourceDateEpoch) } },
  );
  const bootImage = await readFile(path.join(rootDirectory, "usr/lib/grub/i386-pc/boot.img"));
  await writeBootLoader(diskPath, { bootImage, coreImage: await readFile(coreImagePath) });
}
