/**
 * The qcow2 header, big-endian, after QEMU's docs/interop/qcow2.txt.
 *
 *      0  4 magic "QFI\xfb"             40  8 offset of the L1 table
 *      4  4 version, 2 or 3             48  8 offset of the refcount table (not used for reading)
 *      8  8 offset of the backing name  72  8 incompatible features (version 3)
 *     16  4 its length                 100  4 header length (version 3)
 *     20  4 cluster bits               104  1 compression type (with incompatible feature 3)
 *     24  8 size of the disk           then header extensions: 4 type, 4 length, data padded to 8;
 *     32  4 encryption method              0xe2792aca names the backing file's format, 0 ends them
 *     36  4 entries in the L1 table
 */
import { DvceError } from "@dvce/api";
import { imageSizeBytesMax } from "../../index/format";

export interface Qcow2Header {
  readonly clusterSizeBytes: number;
  readonly clusterBits: number;
  readonly sizeBytes: number;
  readonly l1Offset: number;
  readonly l1Entries: number;
  /** Version 2 has no zero clusters. */
  readonly hasZeroClusters: boolean;
  readonly compression: "deflate" | "zstd";
  /** The backing file as the image names it. */
  readonly backing: { readonly name: string; readonly format: string | undefined } | undefined;
}

/** Bytes of the beginning of the file that {@link parseQcow2Header} wants at most. */
export const qcow2HeadSizeBytesMax = 64 * 1024;

const magic = Buffer.from("QFI\xfb", "latin1");
const extensionBackingFormat = 0xe2792aca;
/** QEMU's own limit. */
const l1SizeBytesMax = 32 * 1024 * 1024;
const backingNameSizeBytesMax = 1023;

const featureCorrupt = 1n << 1n;
const featureExternalData = 1n << 2n;
const featureCompressionType = 1n << 3n;
const featureExtendedL2 = 1n << 4n;
/** Bit 0, dirty, says only that reference counts may be stale; reading does not use them. */
const featuresReadable = 1n | featureCompressionType;

export function isQcow2(head: Buffer): boolean {
  return head.length >= 4 && head.subarray(0, 4).equals(magic);
}

/** Throws `DVCE_IMAGE_FORMAT_UNKNOWN` for what cannot be read, `DVCE_IMAGE_UNREADABLE` for what makes no sense. */
export function parseQcow2Header(path: string, head: Buffer): Qcow2Header {
  if (head.length < 72) throw truncatedHeader(path, head.length);
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw unsupported(path, `version ${version} of qcow2`);
  if (version === 3 && head.length < 104) throw truncatedHeader(path, head.length);
  const features = version === 3 ? head.readBigUInt64BE(72) : 0n;
  checkFeatures(path, features);
  if (head.readUInt32BE(32) !== 0) throw unsupported(path, "encryption");
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw invalid(path, `clusters of 2^${clusterBits} bytes`);
  const sizeBytes = Number(head.readBigUInt64BE(24));
  if (sizeBytes > imageSizeBytesMax) throw invalid(path, `a disk of ${sizeBytes} bytes`);
  const l1Entries = head.readUInt32BE(36);
  const clusterSizeBytes = 2 ** clusterBits;
  const l1EntriesNeeded = Math.ceil(sizeBytes / (clusterSizeBytes * (clusterSizeBytes / 8)));
  if (l1Entries * 8 > l1SizeBytesMax || l1Entries < l1EntriesNeeded) {
    throw invalid(path, `a table of ${l1Entries} entries for a disk of ${sizeBytes} bytes`);
  }
  const headerSizeBytes = version === 3 ? head.readUInt32BE(100) : 72;
  return {
    clusterBits,
    clusterSizeBytes,
    sizeBytes,
    l1Entries,
    l1Offset: Number(head.readBigUInt64BE(40)),
    hasZeroClusters: version === 3,
    compression: parseCompression(path, head, features, headerSizeBytes),
    backing: parseBacking(path, head, headerSizeBytes),
  };
}

function checkFeatures(path: string, features: bigint): void {
  if ((features & featureCorrupt) !== 0n) {
    throw new DvceError(
      "DVCE_IMAGE_UNREADABLE",
      `${path} is marked corrupt by QEMU. Check and repair it: qemu-img check -r all ${path}`,
    );
  }
  if ((features & featureExternalData) !== 0n) throw unsupported(path, "an external data file");
  if ((features & featureExtendedL2) !== 0n) throw unsupported(path, "subclusters (extended_l2=on)");
  const unknown = features & ~featuresReadable;
  if (unknown !== 0n) throw unsupported(path, `unknown features (0x${unknown.toString(16)})`);
}

function parseCompression(
  path: string,
  head: Buffer,
  features: bigint,
  headerSizeBytes: number,
): Qcow2Header["compression"] {
  if ((features & featureCompressionType) === 0n) return "deflate";
  const type = headerSizeBytes > 104 && head.length > 104 ? head[104] : 0;
  if (type === 0) return "deflate";
  if (type === 1) return "zstd";
  throw unsupported(path, `compression type ${type}`);
}

function parseBacking(path: string, head: Buffer, headerSizeBytes: number): Qcow2Header["backing"] {
  const offset = Number(head.readBigUInt64BE(8));
  if (offset === 0) return undefined;
  const length = head.readUInt32BE(16);
  if (length < 1 || length > backingNameSizeBytesMax || offset + length > head.length) {
    throw invalid(path, `a backing file name of ${length} bytes at ${offset}`);
  }
  const name = head.toString("utf8", offset, offset + length);
  for (let at = headerSizeBytes; at + 8 <= head.length;) {
    const type = head.readUInt32BE(at);
    const size = head.readUInt32BE(at + 4);
    if (type === 0 || at + 8 + size > head.length) break;
    if (type === extensionBackingFormat)
      return { name, format: head.toString("latin1", at + 8, at + 8 + size) };
    at += 8 + Math.ceil(size / 8) * 8;
  }
  return { name, format: undefined };
}

function unsupported(path: string, what: string): DvceError {
  return new DvceError(
    "DVCE_IMAGE_FORMAT_UNKNOWN",
    `${path} is a qcow2 image with ${what}, which DVCE does not read. ` +
      `Convert it: qemu-img convert -O qcow2 ${path} plain.qcow2`,
  );
}

function invalid(path: string, what: string): DvceError {
  return new DvceError(
    "DVCE_IMAGE_UNREADABLE",
    `${path} is a qcow2 image whose header makes no sense: ${what}. Copy or download it again.`,
  );
}

function truncatedHeader(path: string, sizeBytes: number): DvceError {
  return new DvceError(
    "DVCE_IMAGE_TRUNCATED",
    `${path} is truncated: it has ${sizeBytes} bytes and a qcow2 header has more. Copy or download it again.`,
  );
}
