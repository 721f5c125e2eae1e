import { DvceError } from "@dvce/api";
import { partitionTableSizeBytes, readPartitionTable } from "./partition-table";
import { isQcow2 } from "./qcow2/header";
import { recogniseContainer, recogniseOther, recogniseSizeBytes } from "./recognise";

/** Bytes of a disk's beginning that {@link checkDiskHead} wants; fewer where the disk has fewer. */
export const diskHeadSizeBytes = Math.max(recogniseSizeBytes, partitionTableSizeBytes);

/**
 * Checks that bytes are the beginning of a raw disk of `sizeBytes`. `name` says in errors what they are of.
 *
 * Throws `DVCE_IMAGE_FORMAT_UNKNOWN` without a boot sector or partition table, and `DVCE_IMAGE_TRUNCATED` when the table speaks of
 * more bytes than there are.
 */
export function checkDiskHead(head: Buffer, sizeBytes: number, name: string): void {
  if (isQcow2(head)) {
    throw new DvceError(
      "DVCE_IMAGE_FORMAT_UNKNOWN",
      `${name} is not a raw disk: it is a qcow2 image. Convert it: qemu-img convert -O raw image.qcow2 image.raw.`,
    );
  }
  const table = readPartitionTable(head.subarray(0, partitionTableSizeBytes));
  const other = recogniseContainer(head) ?? (table === undefined ? recogniseOther(head) : undefined);
  if (other !== undefined) {
    throw new DvceError(
      "DVCE_IMAGE_FORMAT_UNKNOWN",
      `${name} is not a disk image: it is ${other.what}. ${other.advice.replace("FILE", name)}`,
    );
  }
  if (table !== undefined && table.sizeBytesMin > sizeBytes) {
    throw new DvceError(
      "DVCE_IMAGE_TRUNCATED",
      `${name} is truncated: its partition table (${table.kind.toUpperCase()}) needs a disk of at least ` +
        `${table.sizeBytesMin} bytes and the file has ${sizeBytes}. Copy or download it again.`,
    );
  }
}
