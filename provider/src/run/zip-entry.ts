/**
 * One entry of a zip file (APPNOTE.TXT 6.3), enough for a saved Terraform plan:
 *
 *     … end of central directory: "PK\5\6", at 16 the offset of the central directory, at 10 its entry count
 *     … entry there: "PK\1\2", at 10 method, 20 packed size, 28/30/32 lengths of name, extra, comment, 42 offset, 46 name
 *     … local header at that offset: "PK\3\4", at 26/28 lengths of name and extra, 30 + both: the packed bytes
 */
import { inflateRawSync } from "node:zlib";

const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const entrySizeBytesMax = 256 * 1024 * 1024;

/** The entry's bytes; undefined when this is no zip file, or one without such an entry. */
export function readZipEntry(zip: Buffer, name: string): Buffer | undefined {
  try {
    const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
    if (end < 0 || zip.readUInt32LE(end) !== endSignature) return undefined;
    let at = zip.readUInt32LE(end + 16);
    for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
      if (zip.readUInt32LE(at) !== entrySignature) return undefined;
      const nameLength = zip.readUInt16LE(at + 28);
      if (zip.toString("utf8", at + 46, at + 46 + nameLength) === name) return unpack(zip, at);
      at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
    }
    return undefined;
  } catch {
    return undefined; // offsets beyond the end, or packed bytes that do not unpack
  }
}

function unpack(zip: Buffer, at: number): Buffer | undefined {
  const local = zip.readUInt32LE(at + 42);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
  const method = zip.readUInt16LE(at + 10);
  if (method === 0) return packed;
  return method === 8 ? inflateRawSync(packed, { maxOutputLength: entrySizeBytesMax }) : undefined;
}
