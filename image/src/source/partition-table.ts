/**
 * How large a disk the partition table at its beginning speaks of. A raw image that ends earlier was cut off:
 * nothing else in a raw file tells its right length.
 *
 * MBR: signature 0x55 0xAA at 510; four entries of 16 bytes from 446: status (0x00 or 0x80) at 0, type at 4, first
 * sector at 8, sectors at 12. Entries whose status is neither belong to a boot sector without a table.
 * GPT (UEFI specification 2.10, 5.3.2): "EFI PART" in sector 1; position of the backup header at 32, last usable
 * sector at 48. Sectors have 512 bytes, or 4096 where the header stands there.
 */
export interface PartitionTable {
  readonly kind: "gpt" | "mbr" | "boot sector";
  /** The disk has at least this many bytes. */
  readonly sizeBytesMin: number;
}

/** Bytes of the beginning of a disk that {@link readPartitionTable} wants. */
export const partitionTableSizeBytes = 8192;

const typeGptProtective = 0xee;

/** The table in `head`, or undefined when there is no boot signature and no GPT. */
export function readPartitionTable(head: Buffer): PartitionTable | undefined {
  for (const sectorSizeBytes of [512, 4096]) {
    const header = head.subarray(sectorSizeBytes, sectorSizeBytes + 92);
    if (header.length === 92 && header.toString("latin1", 0, 8) === "EFI PART") {
      const lastSector = [header.readBigUInt64LE(32), header.readBigUInt64LE(48)].reduce((a, b) =>
        a > b ? a : b,
      );
      return { kind: "gpt", sizeBytesMin: (Number(lastSector) + 1) * sectorSizeBytes };
    }
  }
  if (head.length < 512 || head[510] !== 0x55 || head[511] !== 0xaa) return undefined;
  let sectors = 1;
  for (let at = 446; at < 510; at += 16) {
    const status = head[at];
    if (status !== 0x00 && status !== 0x80) return { kind: "boot sector", sizeBytesMin: 512 };
    const type = head[at + 4];
    if (type === 0 || type === typeGptProtective) continue;
    sectors = Math.max(sectors, head.readUInt32LE(at + 8) + head.readUInt32LE(at + 12));
  }
  return { kind: "mbr", sizeBytesMin: sectors * 512 };
}
