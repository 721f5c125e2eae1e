/**
 * The index beside a pack, which saves reading the pack at start. Little-endian.
 *
 *       0   8  magic "DVCEPIDX"
 *       8   4  format version, 1
 *      12   4  number of records, N
 *      16   8  size of the pack when this was written
 *      24 44·N  records: 32 SHA-256, 4 offset of the record in the pack, 4 payload size, 4 size before compression
 *       …   4  CRC-32 of everything before
 *
 * Written aside, synced and renamed after the pack itself was synced. It is used only when its CRC is right and the pack
 * still has the size that it names; packs only grow, so then it describes all of it. Otherwise the pack is scanned.
 */
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { isPossibleRecord, packFileName, packNumberOf } from "./format";
import type { StoreFiles } from "./store-files";
import { writeAside } from "./write-aside";

export interface SidecarRecord {
  /** 32 bytes. */
  readonly digest: Buffer;
  readonly offsetBytes: number;
  readonly payloadBytes: number;
  readonly sizeBytes: number;
}

const magic = Buffer.from("DVCEPIDX", "latin1");
const formatVersion = 1;
const headerSizeBytes = 24;
const recordSizeBytes = 44;

export function sidecarFileName(pack: number): string {
  return packFileName(pack).replace(/\.pack$/, ".index");
}

/** The index of a pack of this size, or undefined when there is none that can be used. */
export async function readSidecar(
  files: StoreFiles,
  directory: string,
  pack: number,
  packSizeBytes: number,
): Promise<SidecarRecord[] | undefined> {
  try {
    return decodeSidecar(await files.readWhole(join(directory, sidecarFileName(pack))), packSizeBytes);
  } catch {
    return undefined; // none, or none that can be read: the pack itself is read instead
  }
}

/** The pack of which a file is the index, or undefined for other files. */
export function sidecarNumberOf(fileName: string): number | undefined {
  return fileName.endsWith(".index") ? packNumberOf(fileName.replace(/\.index$/, ".pack")) : undefined;
}

export async function removeSidecar(files: StoreFiles, directory: string, pack: number): Promise<void> {
  await files.remove(join(directory, sidecarFileName(pack)));
}

/**
 * Writes the index of a pack that was synced before. A failure is ignored: it costs a scan at the next start and nothing
 * else.
 */
export async function writeSidecar(
  files: StoreFiles,
  directory: string,
  pack: number,
  packSizeBytes: number,
  records: readonly SidecarRecord[],
): Promise<void> {
  const bytes = encodeSidecar(packSizeBytes, records);
  await writeAside(files, directory, sidecarFileName(pack), bytes).catch(() => undefined);
}

export function encodeSidecar(packSizeBytes: number, records: readonly SidecarRecord[]): Buffer {
  const bytes = Buffer.alloc(headerSizeBytes + records.length * recordSizeBytes + 4);
  magic.copy(bytes);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeUInt32LE(records.length, 12);
  bytes.writeBigUInt64LE(BigInt(packSizeBytes), 16);
  records.forEach((record, i) => {
    const at = headerSizeBytes + i * recordSizeBytes;
    record.digest.copy(bytes, at);
    bytes.writeUInt32LE(record.offsetBytes, at + 32);
    bytes.writeUInt32LE(record.payloadBytes, at + 36);
    bytes.writeUInt32LE(record.sizeBytes, at + 40);
  });
  bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

/** The records, or undefined when the bytes are damaged or speak of a pack of another size. */
export function decodeSidecar(bytes: Buffer, packSizeBytes: number): SidecarRecord[] | undefined {
  if (bytes.length < headerSizeBytes + 4 || !bytes.subarray(0, 8).equals(magic)) return undefined;
  const count = bytes.readUInt32LE(12);
  if (bytes.readUInt32LE(8) !== formatVersion || bytes.readBigUInt64LE(16) !== BigInt(packSizeBytes))
    return undefined;
  if (bytes.length !== headerSizeBytes + count * recordSizeBytes + 4) return undefined;
  if (crc32(bytes.subarray(0, bytes.length - 4)) !== bytes.readUInt32LE(bytes.length - 4)) return undefined;
  const records: SidecarRecord[] = [];
  for (let i = 0; i < count; i++) {
    const at = headerSizeBytes + i * recordSizeBytes;
    const offsetBytes = bytes.readUInt32LE(at + 32);
    const payloadBytes = bytes.readUInt32LE(at + 36);
    const sizeBytes = bytes.readUInt32LE(at + 40);
    if (!isPossibleRecord(offsetBytes, payloadBytes, sizeBytes, packSizeBytes)) return undefined;
    records.push({ digest: bytes.subarray(at, at + 32), offsetBytes, payloadBytes, sizeBytes });
  }
  return records;
}
