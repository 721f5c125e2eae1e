/**
 * Which extents a base file is known to hold after a power cut: `<version>.map` beside `<version>.raw`. Layout and
 * crash table for readers of other programs: docs/formats/base.md. Little-endian.
 *
 *      0   8  magic "DVCEBMAP"
 *      8   4  format version, 1
 *     12   4  number of extents in the version's index, E
 *     16  32  the version: SHA-256 of its index
 *     48   4  CRC-32 of bytes 0 to 47 and of the bits
 *     52   …  ⌈E / 8⌉ bytes: bit i, least significant first in each byte, is extent i of the index
 *
 * A bit reaches the map only after an fdatasync of the raw file that began when the extent's bytes had been
 * written. The map is replaced as a whole: written aside, synced, renamed, directory synced.
 *
 * | after a crash at this step                | is found                                                       |
 * |-------------------------------------------|----------------------------------------------------------------|
 * | making the raw file                       | none, or one without a map: made anew                          |
 * | writing extents                           | their bits are not in the map: filled again, with the same bytes |
 * | after the raw file's fdatasync            | likewise                                                       |
 * | writing the map aside                     | the map before it; the file aside is removed at start          |
 * | renaming the map                          | the map before it or the new one; both are true                |
 * | removing: map, directory synced, raw file | a raw file without a map: made anew, or removed                |
 *
 * A map that is damaged, of another version, or beside a raw file of another size counts as none. The bytes in the
 * raw file are never believed without it.
 */
import type { ImageIndex } from "@dvce/image";
import { readFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { writeFileDurably } from "../agent/files";

const magic = Buffer.from("DVCEBMAP", "latin1");
const formatVersion = 1;
const crcAt = 48;
const bitsAt = 52;

type MappedIndex = Pick<ImageIndex, "version" | "extentCount">;

export function encodeMap(index: MappedIndex, bits: Uint8Array): Buffer {
  const map = Buffer.alloc(bitsAt + Math.ceil(index.extentCount / 8));
  magic.copy(map);
  map.writeUInt32LE(formatVersion, 8);
  map.writeUInt32LE(index.extentCount, 12);
  map.write(index.version, 16, "hex");
  map.set(bits, bitsAt);
  map.writeUInt32LE(crcOf(map), crcAt);
  return map;
}

/** The bits; undefined when these bytes are not a whole map of that version. */
export function decodeMap(index: MappedIndex, map: Buffer): Buffer | undefined {
  const { version, extentCount } = index;
  if (map.length !== bitsAt + Math.ceil(extentCount / 8) || !map.subarray(0, 8).equals(magic))
    return undefined;
  if (map.readUInt32LE(8) !== formatVersion || map.readUInt32LE(12) !== extentCount) return undefined;
  if (map.toString("hex", 16, crcAt) !== version || map.readUInt32LE(crcAt) !== crcOf(map)) return undefined;
  const spare = extentCount % 8;
  if (spare !== 0 && (map[map.length - 1] ?? 0) >> spare !== 0) return undefined;
  return map.subarray(bitsAt);
}

/** The bits of the map at `path`; undefined when there is none, or none to be believed. */
export async function readMap(path: string, index: MappedIndex): Promise<Buffer | undefined> {
  const map = await readFile(path).catch(() => undefined);
  return map === undefined ? undefined : decodeMap(index, map);
}

/** Replaces the map durably. What the bits say must be safe in the raw file before this is called. */
export async function writeMap(path: string, index: MappedIndex, bits: Uint8Array): Promise<void> {
  await writeFileDurably(path, encodeMap(index, bits));
}

function crcOf(map: Buffer): number {
  return crc32(map.subarray(bitsAt), crc32(map.subarray(0, crcAt)));
}
