import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { crc32 } from "node:zlib";
import { decodeChunk, type Digest, type EncodedChunk } from "@dvce/image";
import type { ChunkStore, PutOptions } from "../chunk-store";
import { type ChunkLocation, ChunkTable } from "./chunk-table";
import { type DirectoryLock, lockDirectory } from "./directory-lock";
import { errorCode } from "./error-code";
import { parseRecordHeader, recordHeaderSizeBytes, recordSizeBytesMax } from "./format";
import { Packs } from "./packs";
import { recoverPacks, type StoreDamage } from "./recover";
import { nodeStoreFiles, type StoreFiles } from "./store-files";
import { PackWriter } from "./writer";

export interface PackStoreOptions {
  /** A pack that would outgrow this is closed and the next begun. At least one largest chunk, at most 2 GiB. */
  readonly packSizeBytesMax?: number;
  /** Told of damage that was found and dealt with. */
  readonly onDamage?: (damage: StoreDamage) => void;
  /** Default the real file system. */
  readonly files?: StoreFiles;
}

/** Scanning one takes about a third of a second, and 4,000 of them hold a terabyte. */
const packSizeBytesDefault = 256 * 1024 * 1024;

/**
 * Opens or makes the store of packs in `directory`; see format.ts and writer.ts for what lies there and what a crash leaves.
 * Throws `DVCE_STORE_LOCKED` when another process has it open.
 */
export async function openPackStore(directory: string, options: PackStoreOptions = {}): Promise<ChunkStore> {
  const packSizeBytesMax = options.packSizeBytesMax ?? packSizeBytesDefault;
  if (packSizeBytesMax < 2 * recordSizeBytesMax || packSizeBytesMax > 2 ** 31) {
    throw new RangeError(
      `packs of ${packSizeBytesMax} bytes; ${2 * recordSizeBytesMax} to ${2 ** 31} are allowed`,
    );
  }
  const files = options.files ?? nodeStoreFiles;
  await makeDirectory(files, directory);
  const lock = lockDirectory(directory);
  const onDamage = options.onDamage ?? (() => undefined);
  const table = new ChunkTable();
  const packs = new Packs(files, directory);
  try {
    await recoverPacks({ files, directory, table, packs, onDamage });
  } catch (error) {
    await packs.close();
    lock.release();
    throw error;
  }
  const writer = new PackWriter({ files, directory, packs, table, packSizeBytesMax });
  return new PackStore({ lock, table, packs, writer, onDamage });
}

/** Makes the directory, with those above it, so that a power cut cannot take it away with what is in it. */
async function makeDirectory(files: StoreFiles, directory: string): Promise<void> {
  const path = resolve(directory);
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = path; made.length >= first.length; made = dirname(made))
    await files.syncDirectory(dirname(made));
}

interface Parts {
  readonly lock: DirectoryLock;
  readonly table: ChunkTable;
  readonly packs: Packs;
  readonly writer: PackWriter;
  readonly onDamage: (damage: StoreDamage) => void;
}

class PackStore implements ChunkStore {
  readonly #parts: Parts;
  /** Puts under way, so that those of one digest share the work. */
  readonly #pending = new Map<Digest, Promise<void>>();
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get storedBytes(): number {
    return this.#parts.packs.storedBytes;
  }

  get chunkCount(): number {
    return this.#parts.table.count;
  }

  has(digest: Digest): boolean {
    return this.#parts.table.has(Buffer.from(digest, "hex"));
  }

  async put(chunks: readonly EncodedChunk[], options: PutOptions = {}): Promise<void> {
    this.#mustBeOpen();
    if (options.verified !== true) await this.#verify(chunks);
    this.#mustBeOpen();
    const waits: Promise<void>[] = [];
    for (const chunk of chunks) {
      if (this.has(chunk.digest)) continue;
      let pending = this.#pending.get(chunk.digest);
      if (pending === undefined) {
        pending = this.#parts.writer.append(chunk).finally(() => this.#pending.delete(chunk.digest));
        this.#pending.set(chunk.digest, pending);
      }
      waits.push(pending);
    }
    await Promise.all(waits);
  }

  async get(digest: Digest): Promise<EncodedChunk | undefined> {
    this.#mustBeOpen();
    const { table, packs, onDamage } = this.#parts;
    const key = Buffer.from(digest, "hex");
    const location = table.find(key);
    if (location === undefined) return undefined;
    const file = await packs.open(location.pack);
    const record = Buffer.allocUnsafeSlow(recordHeaderSizeBytes + location.payloadBytes);
    let why: string;
    try {
      const bytesRead = await file.read(location.offsetBytes, record);
      const chunk = checkRecord(record.subarray(0, bytesRead), key, location);
      if (chunk !== undefined) return { digest, ...chunk };
      why = "its bytes are damaged";
    } catch (error) {
      if (errorCode(error) !== "EIO") throw error;
      why = "the disk cannot read it";
    }
    if (table.drop(key, location)) {
      onDamage({
        pack: location.pack,
        message: `chunk ${digest} at byte ${location.offsetBytes} is not served any more: ${why}`,
      });
    }
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#parts.writer.finish();
    await this.#parts.packs.close();
    this.#parts.lock.release();
  }

  /** Checks what is new, in portions, so that a large put does not keep others from being served. */
  async #verify(chunks: readonly EncodedChunk[]): Promise<void> {
    let checked = 0;
    for (const chunk of chunks) {
      if (this.has(chunk.digest)) continue;
      decodeChunk(chunk);
      if (++checked % 16 === 0) await yieldToOthers();
    }
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new Error("the chunk store is closed");
  }
}

/** The chunk in a record, or undefined when the record is not the one that was written. */
function checkRecord(
  record: Buffer,
  digest: Buffer,
  location: ChunkLocation,
): Omit<EncodedChunk, "digest"> | undefined {
  const header = parseRecordHeader(record, 0);
  if (header === undefined || record.length !== recordHeaderSizeBytes + location.payloadBytes)
    return undefined;
  if (header.payloadBytes !== location.payloadBytes || header.sizeBytes !== location.sizeBytes)
    return undefined;
  if (!record.subarray(16, 48).equals(digest)) return undefined;
  const payload = record.subarray(recordHeaderSizeBytes);
  if (crc32(payload) !== header.payloadCrc) return undefined;
  return { sizeBytes: header.sizeBytes, codec: header.codec, payload };
}
