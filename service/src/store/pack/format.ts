/**
 * A pack: a file that only grows, into which a store puts chunks one after the other. Little-endian.
 *
 *     pack header, 32 bytes
 *       0   8  magic "DVCEPACK"
 *       8   4  format version, 1
 *      12   4  pack number, as in the file's name
 *      16  12  zero
 *      28   4  CRC-32 of bytes 0 to 27
 *
 *     then records, without gaps
 *       0   4  magic "DVCR"
 *       4   1  codec: 1 raw, 2 zstd
 *       5   3  zero
 *       8   4  size before compression, 1 to 262144
 *      12   4  payload size: that size for raw, 1 to one less than it for zstd
 *      16  32  SHA-256 of the chunk before compression
 *      48   4  CRC-32 of the payload
 *      52   4  CRC-32 of bytes 0 to 51
 *      56   …  payload
 *
 * Header before payload, so that a scan knows how far to read; a CRC for each, so that a damaged length is never
 * followed and damage is found at the speed of CRC-32 (the digest needs decompression and is checked by readers). The
 * digest stands in the record, so packs alone are enough to find every chunk: the sidecar index only saves the scan.
 *
 * What a crash leaves is at the top of writer.ts.
 */
import { crc32 } from "node:zlib";
import { chunkSizeBytesMax, type EncodedChunk } from "@dvce/image";

export const packHeaderSizeBytes = 32;
export const recordHeaderSizeBytes = 56;
export const recordMagic = Buffer.from("DVCR", "latin1");
export const recordSizeBytesMax = recordHeaderSizeBytes + chunkSizeBytesMax;

const packMagic = Buffer.from("DVCEPACK", "latin1");
const packFormatVersion = 1;
const codecRaw = 1;
const codecZstd = 2;

/** Where a record lies and what it holds, as its header says. */
export interface RecordHeader {
  readonly codec: "raw" | "zstd";
  readonly sizeBytes: number;
  readonly payloadBytes: number;
  readonly payloadCrc: number;
}

export function packFileName(number: number): string {
  return `${String(number).padStart(8, "0")}.pack`;
}

/** The number in a pack's file name, 1 or more, or undefined for other files. */
export function packNumberOf(fileName: string): number | undefined {
  const match = /^(\d{8})\.pack$/.exec(fileName);
  const number = Number(match?.[1] ?? 0);
  return number === 0 ? undefined : number;
}

export function encodePackHeader(number: number): Buffer {
  const header = Buffer.alloc(packHeaderSizeBytes);
  packMagic.copy(header);
  header.writeUInt32LE(packFormatVersion, 8);
  header.writeUInt32LE(number, 12);
  header.writeUInt32LE(crc32(header.subarray(0, 28)), 28);
  return header;
}

export function isPackHeader(bytes: Buffer, number: number): boolean {
  return (
    bytes.length >= packHeaderSizeBytes &&
    bytes.subarray(0, packHeaderSizeBytes).equals(encodePackHeader(number))
  );
}

/**
 * The header of a record; the payload follows it as it is.
 *
 * @param header {@link recordHeaderSizeBytes} zero bytes, filled and answered
 */
export function encodeRecordHeader(
  chunk: EncodedChunk,
  header: Buffer = Buffer.alloc(recordHeaderSizeBytes),
): Buffer {
  recordMagic.copy(header);
  header.writeUInt8(chunk.codec === "raw" ? codecRaw : codecZstd, 4);
  header.writeUInt32LE(chunk.sizeBytes, 8);
  header.writeUInt32LE(chunk.payload.length, 12);
  header.write(chunk.digest, 16, "hex");
  header.writeUInt32LE(chunk.payloadCrc32 ?? crc32(chunk.payload), 48);
  header.writeUInt32LE(crc32(header.subarray(0, 52)), 52);
  return header;
}

/** The digest in the record header at `at`, as a view. */
export function digestInHeader(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(at + 16, at + 48);
}

/** Whether a record of these sizes can stand there in a pack of that size. */
export function isPossibleRecord(
  offsetBytes: number,
  payloadBytes: number,
  sizeBytes: number,
  packSizeBytes: number,
): boolean {
  return (
    offsetBytes >= packHeaderSizeBytes &&
    sizeBytes >= 1 &&
    sizeBytes <= chunkSizeBytesMax &&
    payloadBytes >= 1 &&
    payloadBytes <= sizeBytes &&
    offsetBytes + recordHeaderSizeBytes + payloadBytes <= packSizeBytes
  );
}

/** The record header at `at`, or undefined when there is no valid one. */
export function parseRecordHeader(bytes: Buffer, at: number): RecordHeader | undefined {
  if (at + recordHeaderSizeBytes > bytes.length) return undefined;
  if (bytes.compare(recordMagic, 0, 4, at, at + 4) !== 0) return undefined;
  if (crc32(bytes.subarray(at, at + 52)) !== bytes.readUInt32LE(at + 52)) return undefined;
  const codec = bytes[at + 4];
  const sizeBytes = bytes.readUInt32LE(at + 8);
  const payloadBytes = bytes.readUInt32LE(at + 12);
  if (sizeBytes < 1 || sizeBytes > chunkSizeBytesMax) return undefined;
  const fits =
    codec === codecRaw ? payloadBytes === sizeBytes : payloadBytes >= 1 && payloadBytes < sizeBytes;
  if (!fits || (codec !== codecRaw && codec !== codecZstd)) return undefined;
  return {
    codec: codec === codecRaw ? "raw" : "zstd",
    sizeBytes,
    payloadBytes,
    payloadCrc: bytes.readUInt32LE(at + 48),
  };
}
