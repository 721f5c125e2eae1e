/**
 * The list of chunks that were found bad, in the file `quarantine`. Little-endian.
 *
 *       0   8  magic "DVCEQUAR"
 *       8   4  format version, 1
 *      12   4  number of entries, N
 *      16 52·N entries: 32 SHA-256, 4 pack and 4 offset of the bad record, 8 when it was found (milliseconds since 1970),
 *              1 reason: 1 its bytes are damaged, 2 the disk cannot read it, 3 its bytes have another digest; 3 zero
 *       …   4  CRC-32 of everything before
 *
 * Written whole, aside, synced and renamed: a crash leaves the list before or the list after, and perhaps `quarantine.tmp`,
 * which is removed at start. It names places, so that a start can tell a bad record from the good one that was stored
 * since: packs alone do not say which records are bad. A list that is lost or cannot be read costs nothing but the finding
 * of those records again, since every read checks; so a failure to write it is told and not thrown.
 *
 *   step                                        what is found at the next start
 *   1 a check finds a record bad                the chunk is listed as present; the next read or scrub finds it again
 *   2 it leaves the table                       the same
 *   3 the list is written and renamed           the chunk is not listed, and reported as quarantined
 *   4 the chunk is put again                    the new record counts: its place is not the one in the list
 *   5 the list is written without it            no entry
 */
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { Digest } from "@dvce/image";
import type { QuarantinedChunk } from "../chunk-store";
import { type ChunkLocation, samePlace } from "./chunk-table";
import { errorCode } from "./error-code";
import type { StoreFiles } from "./store-files";
import { writeAside } from "./write-aside";

export const quarantineFileName = "quarantine";

/** What can be wrong with a record: the number stands in the file, the words go to people. */
export const badReasons = {
  damaged: { code: 1, words: "its bytes are damaged" },
  unreadable: { code: 2, words: "the disk cannot read it" },
  digest: { code: 3, words: "its bytes have another digest" },
} as const;
export type BadReason = keyof typeof badReasons;

export interface BadRecord {
  readonly digest: Digest;
  readonly pack: number;
  readonly offsetBytes: number;
  readonly atMs: number;
  readonly reason: BadReason;
}

const magic = Buffer.from("DVCEQUAR", "latin1");
const formatVersion = 1;
const headerSizeBytes = 16;
const entrySizeBytes = 52;

export class Quarantine {
  readonly #files: StoreFiles;
  readonly #directory: string;
  readonly #onFailure: (error: unknown) => void;
  readonly #entries = new Map<Digest, BadRecord>();
  #changed = false;
  #writing: Promise<void> | undefined;

  constructor(files: StoreFiles, directory: string, onFailure: (error: unknown) => void) {
    this.#files = files;
    this.#directory = directory;
    this.#onFailure = onFailure;
  }

  /**
   * Reads the list at start, when the table knows every record. `currentPlace` says where the table finds a chunk; entries
   * whose chunk is found elsewhere are healed. Answers the entries whose bad record is the one that would be served.
   */
  async load(currentPlace: (digest: Buffer) => ChunkLocation | undefined): Promise<BadRecord[]> {
    let bytes: Buffer;
    try {
      bytes = await this.#files.readWhole(join(this.#directory, quarantineFileName));
    } catch (error) {
      if (errorCode(error) === "ENOENT") return [];
      this.#onFailure(error);
      return [];
    }
    const entries = decodeQuarantine(bytes);
    if (entries === undefined) this.#onFailure(new Error("its bytes are damaged"));
    const bad: BadRecord[] = [];
    for (const entry of entries ?? []) {
      const now = currentPlace(Buffer.from(entry.digest, "hex"));
      const isBad = now !== undefined && samePlace(now, entry);
      if (now !== undefined && !isBad) continue;
      this.#entries.set(entry.digest, entry);
      if (isBad) bad.push(entry);
    }
    this.#changed = this.#entries.size !== entries?.length;
    return bad;
  }

  add(digest: Digest, location: ChunkLocation, reason: BadReason, atMs: number): void {
    const { pack, offsetBytes } = location;
    this.#entries.delete(digest); // so that it comes last
    this.#entries.set(digest, { digest, pack, offsetBytes, atMs, reason });
    this.#change();
  }

  /** The chunk was put again, or is not wanted here any more. */
  remove(digest: Digest): void {
    if (this.#entries.delete(digest)) this.#change();
  }

  list(): QuarantinedChunk[] {
    return Array.from(this.#entries.values(), ({ digest, reason, atMs }) => ({
      digest,
      reason: badReasons[reason].words,
      atMs,
    }));
  }

  /** Resolves when the list on the disk is that of now, or could not be written. */
  async flush(): Promise<void> {
    while (this.#changed || this.#writing !== undefined) {
      this.#writing ??= this.#write();
      await this.#writing;
    }
  }

  #change(): void {
    this.#changed = true;
    void this.flush();
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // changes of the same step share a write
    this.#changed = false;
    try {
      const bytes = encodeQuarantine([...this.#entries.values()]);
      await writeAside(this.#files, this.#directory, quarantineFileName, bytes);
    } catch (error) {
      this.#onFailure(error);
    }
    this.#writing = undefined;
  }
}

export function encodeQuarantine(entries: readonly BadRecord[]): Buffer {
  const bytes = Buffer.alloc(headerSizeBytes + entries.length * entrySizeBytes + 4);
  magic.copy(bytes);
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeUInt32LE(entries.length, 12);
  entries.forEach((entry, i) => {
    const at = headerSizeBytes + i * entrySizeBytes;
    bytes.write(entry.digest, at, "hex");
    bytes.writeUInt32LE(entry.pack, at + 32);
    bytes.writeUInt32LE(entry.offsetBytes, at + 36);
    bytes.writeBigUInt64LE(BigInt(Math.round(entry.atMs)), at + 40);
    bytes.writeUInt8(badReasons[entry.reason].code, at + 48);
  });
  bytes.writeUInt32LE(crc32(bytes.subarray(0, bytes.length - 4)), bytes.length - 4);
  return bytes;
}

/** The entries, or undefined when the bytes are damaged. */
export function decodeQuarantine(bytes: Buffer): BadRecord[] | undefined {
  if (bytes.length < headerSizeBytes + 4 || !bytes.subarray(0, 8).equals(magic)) return undefined;
  const count = bytes.readUInt32LE(12);
  if (bytes.readUInt32LE(8) !== formatVersion) return undefined;
  if (bytes.length !== headerSizeBytes + count * entrySizeBytes + 4) return undefined;
  if (crc32(bytes.subarray(0, bytes.length - 4)) !== bytes.readUInt32LE(bytes.length - 4)) return undefined;
  const entries: BadRecord[] = [];
  for (let i = 0; i < count; i++) {
    const at = headerSizeBytes + i * entrySizeBytes;
    const reason = reasonOf(bytes[at + 48]);
    const atMs = Number(bytes.readBigUInt64LE(at + 40));
    if (reason === undefined || !Number.isSafeInteger(atMs)) return undefined;
    entries.push({
      digest: bytes.toString("hex", at, at + 32),
      pack: bytes.readUInt32LE(at + 32),
      offsetBytes: bytes.readUInt32LE(at + 36),
      atMs,
      reason,
    });
  }
  return entries;
}

const reasons: readonly BadReason[] = ["damaged", "unreadable", "digest"];

function reasonOf(code: number | undefined): BadReason | undefined {
  return reasons.find((reason) => badReasons[reason].code === code);
}
