import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { decodeChunk, decodeChunkAsync, type Digest, type EncodedChunk } from "@dvce/image";
import type {
  ChunkPlace,
  ChunkStore,
  Collected,
  CollectOptions,
  PutOptions,
  QuarantinedChunk,
  Verified,
} from "../chunk-store";
import { isHeld } from "../grace";
import { type ChunkLocation, ChunkTable, recordBytes } from "./chunk-table";
import { compact } from "./compact";
import { type DirectoryLock, lockDirectory } from "./directory-lock";
import { errorCode } from "./error-code";
import { recordHeaderSizeBytes, recordSizeBytesMax } from "./format";
import { PackRecords } from "./pack-records";
import { Packs } from "./packs";
import { type BadReason, badReasons, Quarantine } from "./quarantine";
import { checkRecord } from "./record";
import { recoverPacks, type StoreDamage } from "./recover";
import { nodeStoreFiles, type StoreFiles } from "./store-files";
import { PackVerifier } from "./verify";
import { PackWriter } from "./writer";

export interface PackStoreOptions {
  /** A pack that would outgrow this is closed and the next begun. At least two largest chunks, at most 2 GiB. */
  readonly packSizeBytesMax?: number;
  /** Told of damage that was found and dealt with. */
  readonly onDamage?: (damage: StoreDamage) => void;
  /** Default the real file system. */
  readonly files?: StoreFiles;
  /** Decodes a chunk and checks its digest, for verifying; throws `DVCE_CHUNK_CORRUPT`. Default on libuv's threads. */
  readonly decode?: (chunk: EncodedChunk) => Promise<unknown>;
  /** A clock that never goes back, for the grace of {@link ChunkStore.hold}. Default the process's own. */
  readonly monotonicMs?: () => number;
  /** Milliseconds since 1970, for the quarantine's list. */
  readonly nowMs?: () => number;
}

/** Scanning one takes about a third of a second, and 4,000 of them hold a terabyte. */
const packSizeBytesDefault = 256 * 1024 * 1024;

/** Entries that one step of a collection looks at. */
const collectStepCount = 10_000;

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
  const monotonicMs = options.monotonicMs ?? (() => performance.now());
  const nowMs = options.nowMs ?? Date.now;
  const table = new ChunkTable();
  const packs = new Packs(files, directory);
  const quarantine = new Quarantine(files, directory, (error) => {
    const why = error instanceof Error ? error.message : String(error);
    onDamage({ message: `the list of quarantined chunks cannot be kept on the disk: ${why}` });
  });
  try {
    const lost: { digest: Buffer; location: ChunkLocation }[] = [];
    const onLost = (digest: Buffer, location: ChunkLocation) => lost.push({ digest, location });
    await recoverPacks({ files, directory, table, packs, nowMs: monotonicMs(), onDamage, onLost });
    for (const { digest, pack, offsetBytes } of await quarantine.load((key) => table.find(key))) {
      const key = Buffer.from(digest, "hex");
      const location = table.find(key);
      if (location?.pack === pack && location.offsetBytes === offsetBytes) table.drop(key, location);
    }
    for (const { digest, location } of lost)
      if (!table.has(digest)) quarantine.add(digest.toString("hex"), location, "damaged", nowMs());
    await quarantine.flush();
  } catch (error) {
    await packs.close();
    lock.release();
    throw error;
  }
  const onBad = (digest: Buffer, location: ChunkLocation, reason: BadReason): boolean => {
    if (!table.drop(digest, location)) return false;
    const name = digest.toString("hex");
    quarantine.add(name, location, reason, nowMs());
    onDamage({
      pack: location.pack,
      message: `chunk ${name} at byte ${location.offsetBytes} is not served any more: ${badReasons[reason].words}`,
    });
    return true;
  };
  const decode = options.decode ?? decodeChunkAsync;
  const records = new PackRecords({ files, directory, packs, table });
  const verifier = new PackVerifier({ files, directory, packs, table, records, decode, onBad });
  const writer = new PackWriter({
    files,
    directory,
    packs,
    table,
    packSizeBytesMax,
    monotonicMs,
    verifyPack: (number) => verifier.pack(number),
  });
  return new PackStore({ lock, table, packs, records, writer, verifier, quarantine, onBad, monotonicMs });
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
  readonly records: PackRecords;
  readonly writer: PackWriter;
  readonly verifier: PackVerifier;
  readonly quarantine: Quarantine;
  readonly onBad: (digest: Buffer, location: ChunkLocation, reason: BadReason) => boolean;
  readonly monotonicMs: () => number;
}

class PackStore implements ChunkStore {
  readonly #parts: Parts;
  /** Puts under way, so that those of one digest share the work. */
  readonly #pending = new Map<Digest, Promise<void>>();
  /** Collections and compactions under way. */
  #upkeep: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get stoppedBy(): Error | undefined {
    return this.#parts.writer.broken;
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

  hold(digests: readonly Digest[]): Digest[] {
    const { table, monotonicMs } = this.#parts;
    const nowMs = monotonicMs();
    return digests.filter((digest) => table.hold(Buffer.from(digest, "hex"), nowMs));
  }

  *digests(): Generator<Digest, void, undefined> {
    for (const { digest } of this.#parts.table.entries()) yield digest.toString("hex");
  }

  async put(chunks: readonly EncodedChunk[], options: PutOptions = {}): Promise<void> {
    this.#mustBeOpen();
    if (options.verified !== true) {
      const unchecked = await this.#verify(chunks);
      // They were here when the others were checked, and need not be any more.
      for (const chunk of unchecked) if (!this.has(chunk.digest)) decodeChunk(chunk);
    }
    this.#mustBeOpen();
    const waits = new Set<Promise<void>>();
    const fresh = new Map<Digest, EncodedChunk>();
    const { table, monotonicMs } = this.#parts;
    const nowMs = monotonicMs();
    for (const chunk of chunks) {
      if (table.hold(Buffer.from(chunk.digest, "hex"), nowMs)) continue;
      const pending = this.#pending.get(chunk.digest);
      if (pending !== undefined) waits.add(pending);
      else fresh.set(chunk.digest, chunk);
    }
    if (fresh.size > 0) {
      const stored = this.#append(fresh, options.pastCache === true);
      for (const digest of fresh.keys()) this.#pending.set(digest, stored);
      waits.add(stored);
    }
    await Promise.all(waits);
  }

  async #append(chunks: ReadonlyMap<Digest, EncodedChunk>, pastCache: boolean): Promise<void> {
    const { writer, quarantine } = this.#parts;
    try {
      await writer.append([...chunks.values()], pastCache);
      for (const digest of chunks.keys()) quarantine.remove(digest);
    } finally {
      for (const digest of chunks.keys()) this.#pending.delete(digest);
    }
  }

  async get(digest: Digest): Promise<EncodedChunk | undefined> {
    this.#mustBeOpen();
    const { table, packs, onBad } = this.#parts;
    const key = Buffer.from(digest, "hex");
    const location = table.find(key);
    if (location === undefined) return undefined;
    const { file, release } = packs.acquire(location.pack);
    const record = Buffer.allocUnsafeSlow(recordBytes(location));
    try {
      const bytesRead = await file.read(location.offsetBytes, record);
      const chunk = checkRecord(record.subarray(0, bytesRead), key, location);
      if (chunk !== undefined) return chunk;
      onBad(key, location, "damaged");
    } catch (error) {
      if (errorCode(error) !== "EIO") throw error;
      onBad(key, location, "unreadable");
    } finally {
      release();
    }
    return undefined;
  }

  locate(digest: Digest): ChunkPlace | undefined {
    this.#mustBeOpen();
    const { table, packs } = this.#parts;
    const location = table.find(Buffer.from(digest, "hex"));
    if (location === undefined) return undefined;
    const { offsetBytes, payloadBytes, sizeBytes } = location;
    const { file, release } = packs.acquire(location.pack);
    return {
      fd: file.fd,
      offsetBytes,
      payloadOffsetBytes: offsetBytes + recordHeaderSizeBytes,
      payloadBytes,
      sizeBytes,
      codec: payloadBytes === sizeBytes ? "raw" : "zstd",
      release,
    };
  }

  collect(options: CollectOptions): Promise<Collected> {
    return this.#inTurn(async () => {
      this.#mustBeWritable();
      const signal =
        options.signal === undefined
          ? this.#closing.signal
          : AbortSignal.any([this.#closing.signal, options.signal]);
      const dropped = await this.#drop(options, signal);
      return { ...dropped, reclaimedBytes: await compact(this.#parts, signal) };
    });
  }

  /** Takes out of the table what nothing refers to. No step of it waits between asking and dropping. */
  async #drop({ isReferenced, graceMs }: CollectOptions, signal: AbortSignal) {
    const { table, quarantine, monotonicMs } = this.#parts;
    let droppedChunks = 0;
    let droppedBytes = 0;
    let seen = 0;
    for (const entry of table.entries()) {
      if (!isHeld(entry.heldMs, monotonicMs(), graceMs) && !isReferenced(entry.digest)) {
        table.drop(entry.digest, entry);
        droppedChunks++;
        droppedBytes += recordBytes(entry);
      }
      if (++seen % collectStepCount === 0) await yieldToOthers();
      signal.throwIfAborted();
    }
    for (const { digest } of quarantine.list())
      if (!isReferenced(Buffer.from(digest, "hex"))) quarantine.remove(digest);
    table.shrink();
    return { droppedChunks, droppedBytes };
  }

  async delete(digests: readonly Digest[]): Promise<{ readonly droppedBytes: number }> {
    this.#mustBeWritable();
    const { table, quarantine } = this.#parts;
    let droppedBytes = 0;
    for (const digest of digests) {
      const key = Buffer.from(digest, "hex");
      quarantine.remove(digest);
      const location = table.find(key);
      if (location === undefined) continue;
      table.drop(key, location);
      droppedBytes += recordBytes(location);
    }
    await this.#inTurn(() => compact(this.#parts, this.#closing.signal));
    return { droppedBytes };
  }

  async verifyNext(cursor: string | undefined, bytesMax: number): Promise<Verified> {
    this.#mustBeOpen();
    const verified = await this.#parts.verifier.next(cursor, bytesMax);
    if (verified.bad.length > 0) await this.#parts.quarantine.flush();
    return verified;
  }

  async verify(digest: Digest): Promise<boolean> {
    this.#mustBeOpen();
    const good = await this.#parts.verifier.chunk(Buffer.from(digest, "hex"));
    if (!good) await this.#parts.quarantine.flush();
    return good;
  }

  quarantined(): readonly QuarantinedChunk[] {
    return this.#parts.quarantine.list();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const { writer, verifier, quarantine, packs, lock } = this.#parts;
    this.#closing.abort(new Error("the chunk store is being closed"));
    await this.#upkeep;
    await writer.finish();
    await verifier.close();
    await quarantine.flush();
    await packs.close();
    lock.release();
  }

  /** Upkeep, one after another. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#upkeep.then(work);
    this.#upkeep = done.catch(() => undefined); // who asked for it is told
    return done;
  }

  /** Checks what is new, in portions, so that a large put does not keep others from being served. Answers what it did not. */
  async #verify(chunks: readonly EncodedChunk[]): Promise<EncodedChunk[]> {
    const unchecked: EncodedChunk[] = [];
    let checked = 0;
    for (const chunk of chunks) {
      if (this.has(chunk.digest)) {
        unchecked.push(chunk);
        continue;
      }
      decodeChunk(chunk);
      if (++checked % 16 === 0) await yieldToOthers();
    }
    return unchecked;
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw new Error("the chunk store is closed");
  }

  #mustBeWritable(): void {
    this.#mustBeOpen();
    if (this.#parts.writer.broken !== undefined) throw this.#parts.writer.broken;
  }
}
