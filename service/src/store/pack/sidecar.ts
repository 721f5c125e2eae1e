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
import type { ChunkTable } from "./chunk-table";
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
  const bytes = await readSidecarFile(files, directory, pack);
  return bytes === undefined ? undefined : decodeSidecar(bytes, packSizeBytes);
}

/** The bytes of the index of a pack, whatever they are; undefined when there are none that can be read. */
export async function readSidecarFile(
  files: StoreFiles,
  directory: string,
  pack: number,
): Promise<Buffer | undefined> {
  try {
    return await files.readWhole(join(directory, sidecarFileName(pack)));
  } catch {
    return undefined; // the pack itself is read instead
  }
}

/** How many records an index of this size has. */
export function sidecarRecordCount(sizeBytes: number): number {
  return Math.max(0, Math.floor((sizeBytes - headerSizeBytes - 4) / recordSizeBytes));
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
  if (!isSidecar(bytes, packSizeBytes)) return undefined;
  const records: SidecarRecord[] = [];
  for (let at = headerSizeBytes; at < bytes.length - 4; at += recordSizeBytes) {
    records.push({
      digest: bytes.subarray(at, at + 32),
      offsetBytes: bytes.readUInt32LE(at + 32),
      payloadBytes: bytes.readUInt32LE(at + 36),
      sizeBytes: bytes.readUInt32LE(at + 40),
    });
  }
  return records;
}

/**
 * The records of an index that is whole but was written when its pack had another size: what the pack held, or should hold.
 * Undefined when it is not whole.
 */
export function decodeSidecarOfAnySize(
  bytes: Buffer,
): { readonly records: readonly SidecarRecord[]; readonly packSizeBytes: number } | undefined {
  if (bytes.length < headerSizeBytes) return undefined;
  const packSizeBytes = Number(bytes.readBigUInt64LE(16));
  const records = Number.isSafeInteger(packSizeBytes) ? decodeSidecar(bytes, packSizeBytes) : undefined;
  return records === undefined ? undefined : { records, packSizeBytes };
}

/** Enters every record of a valid index into the table, without an object for each: stores have millions. */
export function enterSidecar(bytes: Buffer, pack: number, table: ChunkTable, nowMs: number): void {
  const words = wordsOf(bytes);
  const end = (bytes.length - 4) / 4;
  for (let at = headerSizeBytes / 4; at < end; at += recordSizeBytes / 4) {
    // Unsigned: packs have up to 2 GiB.
    const offsetBytes = (words[at + 8] ?? 0) >>> 0;
    table.setWords(words, at, pack, offsetBytes, words[at + 9] ?? 0, words[at + 10] ?? 0, nowMs);
  }
}

/** An index as words, which everything in it is made of. Every machine that DVCE runs on is little-endian, as the format is. */
function wordsOf(bytes: Buffer): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Int32Array(aligned.buffer, aligned.byteOffset, bytes.length / 4);
}

/** Reads numbers several times as fast as a buffer's own methods. */
function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Whether these bytes are the index of a pack of this size, with records that can stand in it. */
export function isSidecar(bytes: Buffer, packSizeBytes: number): boolean {
  if (bytes.length < headerSizeBytes + 4 || !bytes.subarray(0, 8).equals(magic)) return false;
  const count = bytes.readUInt32LE(12);
  if (bytes.readUInt32LE(8) !== formatVersion || bytes.readBigUInt64LE(16) !== BigInt(packSizeBytes))
    return false;
  if (bytes.length !== headerSizeBytes + count * recordSizeBytes + 4) return false;
  if (crc32(bytes.subarray(0, bytes.length - 4)) !== bytes.readUInt32LE(bytes.length - 4)) return false;
  const view = viewOf(bytes);
  for (let at = headerSizeBytes; at < bytes.length - 4; at += recordSizeBytes) {
    const possible = isPossibleRecord(
      view.getUint32(at + 32, true),
      view.getUint32(at + 36, true),
      view.getUint32(at + 40, true),
      packSizeBytes,
    );
    if (!possible) return false;
  }
  return true;
}
