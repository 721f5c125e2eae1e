/**
 * A version as a sparse raw file that fills as its bytes are asked for: `<data>/base/<version>.raw`, with a map of
 * what is in it that a power cut cannot make untrue (base-map.ts).
 *
 * Bytes are decoded once; afterwards the file answers, as fast as the raw image would. What the file cannot take
 * (the disk is full) is answered from memory: a full disk costs speed, never correctness. After a failed fdatasync
 * nothing is written any more and only what the map holds is believed, since the kernel reports such a loss once
 * and forgets it.
 *
 * What the map says was written by an earlier run of the agent, and the disk may have changed it since. So after opening, each
 * extent is compared with its chunk's digest before it is first read, like a chunk of a pack; only then readers see its bit.
 *
 * This object lives on the agent's main thread, alone sets bits, and alone opens the file for writing.
 */
import { DvceError } from "@dvce/api";
import { digestOf, type ImageIndex } from "@dvce/image";
import { open, rm, stat, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import { syncDirectory } from "../agent/files";
import { letQemuUse } from "../nbd/qemu-access";
import type { FetchPriority } from "../peers/fetch-priority";
import { readMap, writeMap } from "./base-map";
import type { ChunkSupply, DecodeOutcome } from "./chunk-supply";
import { Presence } from "./presence";
import type { SpareMemory } from "./spare-memory";

export interface BaseFileOptions {
  readonly rawPath: string;
  readonly mapPath: string;
  readonly index: ImageIndex;
  readonly supply: ChunkSupply;
  /** Where bytes go that the file cannot take. */
  readonly spare: SpareMemory;
  /** A volume backs directly on the raw file: whatever the map says, the file is filled in place, never replaced. */
  readonly backed: boolean;
  /** Extents were not the image's any more, and are filled again before anybody reads them. */
  readonly onChanged?: (extents: readonly number[]) => void;
  /** The file does not take bytes. Whoever asked for them gets them all the same. */
  readonly onWriteFailed: (error: unknown) => void;
  /** Time between an extent's arrival and its bit in the map. Default 5 s; at once when the last one has come. */
  readonly checkpointMs?: number;
  /** Makes the raw file's bytes survive a power cut. Default fdatasync. */
  readonly syncData?: (file: FileHandle) => Promise<void>;
}

/** Chunks that one `fill` has under way, other than for a guest's read: 16 MiB or so, 64 MiB at most. */
const chunksUnderWayMax = 256;

/** Bytes fetched from other nodes ahead of a sequential reader. */
const remoteAheadBytesMax = 1024 * 1024;

const extentsCountedAtOnce = 20_000;

type ReadListener = (extents: readonly number[]) => void;

export class BaseFile {
  /** Extents that may be read from the file. */
  readonly presence: Presence;
  /** Those that are in the file by its map, and were not compared with the image since the file was opened. */
  #unread: Buffer;
  readonly #options: BaseFileOptions;
  /** Undefined when the file could not be opened: then everything is answered from memory. */
  readonly #file: FileHandle | undefined;
  readonly #chunkFills = new Map<number, Promise<Buffer | undefined>>();
  /** Uses of the file under way; it is closed after them. */
  readonly #writes = new Set<Promise<unknown>>();
  readonly #readListeners = new Set<ReadListener>();
  readonly #wholeListeners = new Set<() => void>();
  #aheadNext: { readonly first: number; readonly end: number } | undefined;
  #aheadRunning = false;
  #presentCount = 0;
  #presentBytes = 0;
  #whole = false;
  #unwritable = false;
  #closed = false;
  /** Bits of the map as it lies on the disk. */
  #mapped: Buffer;
  #timer: NodeJS.Timeout | undefined;
  #checkpoints: Promise<void> = Promise.resolve();

  private constructor(options: BaseFileOptions, file: FileHandle | undefined, mapped: Buffer | undefined) {
    const { extentCount } = options.index;
    this.#options = options;
    this.#file = file;
    this.presence = Presence.empty(extentCount);
    this.#mapped = mapped ?? this.presence.copy();
    this.#unread = Buffer.from(this.#mapped);
  }

  /** Opens the file with what its map says is in it, or makes it, empty and sparse. */
  static async open(options: BaseFileOptions): Promise<BaseFile> {
    const { rawPath, mapPath, index } = options;
    let file: FileHandle | undefined;
    let mapped: Buffer | undefined;
    try {
      const raw = await stat(rawPath).catch(() => undefined);
      if (raw?.size === index.sizeBytes) mapped = await readMap(mapPath, index);
      if (mapped === undefined) await makeAnew(options);
      file = await open(rawPath, "r+");
      await file.truncate(index.sizeBytes);
      await letQemuUse(rawPath, 0o640);
    } catch (error) {
      await file?.close();
      options.onWriteFailed(error);
      return new BaseFile(options, undefined, undefined);
    }
    const base = new BaseFile(options, file, mapped);
    await base.#believeOnlyTheMap();
    await base.#becomeWhole();
    return base;
  }

  get index(): ImageIndex {
    return this.#options.index;
  }

  /** Path of the raw file; undefined when it could not be opened. */
  get path(): string | undefined {
    return this.#file === undefined ? undefined : this.#options.rawPath;
  }

  get extentCount(): number {
    return this.presence.extentCount;
  }

  /** Bytes of the image that are in the file. */
  get presentBytes(): number {
    return this.#presentBytes;
  }

  /** Every byte of the image is in the file, and a power cut cannot change that. */
  get whole(): boolean {
    return this.#whole;
  }

  /** Bytes that file and map take on the disk. */
  async diskBytes(): Promise<number> {
    const stats = await Promise.all(
      [this.#options.rawPath, this.#options.mapPath].map((path) => stat(path).catch(() => undefined)),
    );
    return stats.reduce((sum, each) => sum + (each === undefined ? 0 : each.blocks * 512), 0);
  }

  /**
   * Puts extents into the file; resolves when they are there. Throws the first error of getting a chunk,
   * `DVCE_STORE_FULL` when the file does not take one, and the signal's reason.
   */
  async fill(extents: readonly number[], priority: FetchPriority, signal?: AbortSignal): Promise<void> {
    const underWay = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | undefined;
    for (const [chunk, numbers] of this.#missingByChunk(extents)) {
      signal?.throwIfAborted();
      const filling = this.#fillChunk(chunk, numbers, priority).then(
        (data) => {
          underWay.delete(filling);
          if (data !== undefined) failure ??= { error: this.#full() };
        },
        (error: unknown) => {
          underWay.delete(filling);
          failure ??= { error };
        },
      );
      underWay.add(filling);
      if (underWay.size >= chunksUnderWayMax) await Promise.race(underWay);
      if (failure !== undefined) break;
    }
    await Promise.all(underWay);
    if (failure !== undefined) throw failure.error;
    signal?.throwIfAborted();
  }

  /**
   * Puts extents into the file for a guest that waits. Answers the bytes of those that the file did not take; the
   * others can be read from it. Throws the first error of getting a chunk.
   */
  async fillForRead(extents: readonly number[]): Promise<Map<number, Buffer>> {
    const spare = new Map<number, Buffer>();
    const fills = Array.from(this.#missingByChunk(extents), async ([chunk, numbers]) => {
      const data = await this.#fillChunk(chunk, numbers, "read");
      if (data === undefined) return;
      for (const number of numbers) {
        const { offsetInChunk, lengthBytes } = this.index.extentAt(number);
        spare.set(number, data.subarray(offsetInChunk, offsetInChunk + lengthBytes));
      }
    });
    await Promise.all(fills);
    return spare;
  }

  /**
   * A guest reads sequentially and will soon come to these extents, `first` to before `end`. What this node has is put
   * into the file; of what others have only the nearest, for the guest may stop at any time. While one call is worked
   * on, only the last of those that follow counts.
   */
  fillAhead(first: number, end: number): void {
    this.#aheadNext = { first, end };
    if (this.#aheadRunning) return;
    this.#aheadRunning = true;
    void this.#fillAhead().finally(() => {
      this.#aheadRunning = false;
    });
  }

  async #fillAhead(): Promise<void> {
    for (let next = this.#aheadNext; next !== undefined; next = this.#aheadNext) {
      this.#aheadNext = undefined;
      const wanted: number[] = [];
      let remoteBytes = 0;
      for (let number = next.first; number < next.end; number++) {
        const { chunk, lengthBytes } = this.index.extentAt(number);
        const isHere = isSet(this.#unread, number) || this.#options.supply.isLocal(this.index, chunk);
        if (!isHere) remoteBytes += lengthBytes;
        if (remoteBytes <= remoteAheadBytesMax) wanted.push(number);
        else break;
      }
      await this.fill(wanted, "ahead").catch(() => undefined); // whoever reads them is told why it fails
    }
  }

  /**
   * Reads what is in the file from extent `first` on, `bytesMax` bytes or a little more, and compares it with the chunks'
   * digests. What is not the image's any more is filled again, in place. Answers where to go on, undefined at the end,
   * and which extents were bad. A chunk that cannot be had is not compared.
   */
  async verify(
    first: number,
    bytesMax: number,
  ): Promise<{ next: number | undefined; checkedBytes: number; bad: readonly number[] }> {
    const bad: number[] = [];
    let checkedBytes = 0;
    let number = first;
    for (; number < this.extentCount && checkedBytes < bytesMax; number++) {
      if (this.#closed || this.#file === undefined) return { next: undefined, checkedBytes, bad };
      if (!this.#isInFile(number)) continue;
      const isGood = await this.#isGood(this.#file, number);
      if (isGood) this.#compared(number);
      else if (this.#isInFile(number)) bad.push(number);
      checkedBytes += this.index.extentAt(number).lengthBytes;
    }
    if (bad.length > 0) await this.#heal(bad);
    return { next: number < this.extentCount ? number : undefined, checkedBytes, bad };
  }

  async #isGood(file: FileHandle, number: number): Promise<boolean> {
    const { chunk, offsetInChunk, offsetBytes, lengthBytes } = this.index.extentAt(number);
    const bytes = Buffer.allocUnsafe(lengthBytes);
    const reading = file.read(bytes, 0, lengthBytes, offsetBytes);
    this.#writes.add(reading); // the file is closed after it too
    try {
      if ((await reading).bytesRead < lengthBytes) return false;
    } catch {
      return false; // the disk cannot read it: writing it again may help
    } finally {
      this.#writes.delete(reading);
    }
    if (lengthBytes === this.index.chunkSizeBytes(chunk))
      return digestOf(bytes) === this.index.chunkDigest(chunk);
    const data = await this.#options.supply.read(this.index, chunk, "background").catch(() => undefined);
    return data === undefined || bytes.equals(data.subarray(offsetInChunk, offsetInChunk + lengthBytes));
  }

  /** Guests wait for these extents until they are right again; the file is not whole until then. */
  async #heal(bad: readonly number[]): Promise<void> {
    await this.#disbelieve(bad);
    await this.fill(bad, "background").catch(this.#options.onWriteFailed); // the next reader tries again
    await this.checkpoint();
  }

  /** Takes extents out of the file, as far as anybody is told, and out of its map. */
  async #disbelieve(bad: readonly number[]): Promise<void> {
    this.#whole = false;
    for (const number of bad) {
      const was = this.presence.clear(number) || isSet(this.#unread, number);
      unset(this.#unread, number);
      if (!was) continue;
      this.#presentCount--;
      this.#presentBytes -= this.index.extentAt(number).lengthBytes;
    }
    await this.checkpoint();
  }

  #isInFile(number: number): boolean {
    return this.presence.has(number) || isSet(this.#unread, number);
  }

  /** What the map says of the extent holds: readers may have it. */
  #compared(number: number): void {
    if (!isSet(this.#unread, number)) return;
    unset(this.#unread, number);
    this.presence.set(number);
  }

  /**
   * Compares those of a chunk's extents that the map says are in the file with its digest. Answers the others, those that were
   * bad among them.
   */
  async #compare(chunk: number, extents: readonly number[], priority: FetchPriority): Promise<number[]> {
    const bad: number[] = [];
    for (const number of extents) {
      if (!isSet(this.#unread, number)) continue;
      const isGood = await this.#isUnchanged(chunk, number, priority);
      if (isGood) this.#compared(number);
      else if (isSet(this.#unread, number)) bad.push(number);
    }
    if (bad.length > 0) {
      await this.#disbelieve(bad);
      this.#options.onChanged?.(bad);
    }
    return extents.filter((number) => !this.presence.has(number));
  }

  async #isUnchanged(chunk: number, number: number, priority: FetchPriority): Promise<boolean> {
    if (this.#file === undefined) return false;
    const { index, supply } = this.#options;
    const { lengthBytes, offsetBytes } = index.extentAt(number);
    // A part of a chunk has no digest of its own: it is decoded again, or believed where the chunk is not here to be decoded.
    if (lengthBytes !== index.chunkSizeBytes(chunk)) return !supply.isLocal(index, chunk);
    if (this.#closed) throw closed();
    const comparing = supply.isIn(this.#file.fd, index, chunk, offsetBytes, priority);
    this.#writes.add(comparing);
    try {
      return await comparing;
    } finally {
      this.#writes.delete(comparing);
    }
  }

  /** Tells of extents that guests read from now on, in order, each once. Returns what ends that. */
  onFirstRead(listener: ReadListener): () => void {
    this.#readListeners.add(listener);
    this.presence.beginRecording();
    return () => {
      this.#readListeners.delete(listener);
      if (this.#readListeners.size === 0) this.presence.endRecording();
    };
  }

  /** Called with the first reads that the export has seen. */
  readsSeen(extents: readonly number[]): void {
    for (const listener of this.#readListeners) listener(extents);
  }

  /** Calls the listener whenever the file has become whole; at once when it is. */
  onWhole(listener: () => void): void {
    this.#wholeListeners.add(listener);
    if (this.#whole) listener();
  }

  /** Writes the map as of now. */
  async checkpoint(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#checkpoints = this.#checkpoints.then(() => this.#writeMap());
    await this.#checkpoints;
  }

  /** Waits for writes under way, writes the map and closes the file. Fills that wait for their chunk fail. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#writes);
    await this.checkpoint();
    await this.#file?.close();
  }

  #missingByChunk(extents: readonly number[]): Map<number, number[]> {
    const missing = new Map<number, number[]>();
    for (const number of extents) {
      if (this.presence.has(number)) continue;
      const { chunk } = this.index.extentAt(number);
      const numbers = missing.get(chunk);
      if (numbers) numbers.push(number);
      else missing.set(chunk, [number]);
    }
    return missing;
  }

  /** Fills extents of one chunk. Answers the chunk's bytes when the file did not take them. */
  async #fillChunk(
    chunk: number,
    extents: readonly number[],
    priority: FetchPriority,
  ): Promise<Buffer | undefined> {
    for (;;) {
      const missing = extents.filter((extent) => !this.presence.has(extent));
      if (missing.length === 0) return undefined;
      const running = this.#chunkFills.get(chunk);
      if (running !== undefined) {
        if (priority !== "background") this.#options.supply.hurry(this.index, chunk, priority);
        const data = await running;
        if (data !== undefined) return data;
        continue; // that fill may have been for other extents of the chunk
      }
      const filling = this.#getChunk(chunk, missing, priority).finally(() => this.#chunkFills.delete(chunk));
      this.#chunkFills.set(chunk, filling);
      return await filling;
    }
  }

  async #getChunk(
    chunk: number,
    extents: readonly number[],
    priority: FetchPriority,
  ): Promise<Buffer | undefined> {
    const { index, supply, spare } = this.#options;
    const lacking = await this.#compare(chunk, extents, priority);
    if (lacking.length === 0) return undefined;
    const key = `${index.version}/${chunk}`;
    const kept = spare.get(key);
    const pieces = lacking.map((number) => index.extentAt(number));
    if (kept === undefined) {
      const outcome = await this.#write(lacking, (file) =>
        supply.decodeInto(file.fd, index, chunk, pieces, priority),
      );
      if (outcome === "written") return undefined;
      if (outcome !== "absent") {
        this.#options.onWriteFailed(outcome.error);
        spare.put(key, outcome.data);
        return outcome.data;
      }
    }
    const data = kept ?? (await supply.read(index, chunk, priority));
    const outcome = await this.#write(lacking, async (file) => {
      try {
        for (const { offsetInChunk, lengthBytes, offsetBytes } of pieces) {
          await writeAll(file, data.subarray(offsetInChunk, offsetInChunk + lengthBytes), offsetBytes);
        }
        return "written";
      } catch (error) {
        this.#options.onWriteFailed(error);
        return "absent";
      }
    });
    if (outcome === "written") {
      spare.drop(key);
      return undefined;
    }
    spare.put(key, data);
    return data;
  }

  /** Lets `task` write the extents' bytes; "absent" where there is no file that takes them. */
  async #write(
    extents: readonly number[],
    task: (file: FileHandle) => Promise<DecodeOutcome>,
  ): Promise<DecodeOutcome> {
    if (this.#closed) throw closed();
    if (this.#file === undefined || this.#unwritable) return "absent";
    const writing = task(this.#file);
    this.#writes.add(writing);
    try {
      const outcome = await writing;
      if (outcome === "written") this.#arrived(extents);
      return outcome;
    } finally {
      this.#writes.delete(writing);
    }
  }

  /** The extents' bytes were written. */
  #arrived(extents: readonly number[]): void {
    if (this.#unwritable) return; // a sync failed meanwhile: nothing written since the last map is believed
    for (const number of extents) this.#count(number);
    if (this.#presentCount === this.extentCount) void this.checkpoint();
    else if (this.#timer === undefined && !this.#closed) {
      this.#timer = setTimeout(() => void this.checkpoint(), this.#options.checkpointMs ?? 5_000).unref();
    }
  }

  #count(number: number): void {
    const counted = isSet(this.#unread, number);
    unset(this.#unread, number);
    if (!this.presence.set(number) || counted) return;
    this.#presentCount++;
    this.#presentBytes += this.index.extentAt(number).lengthBytes;
  }

  async #writeMap(): Promise<void> {
    if (this.#file === undefined || this.#unwritable) return;
    const bits = this.presence.copy(); // before the sync: each of these extents was written before it begins
    this.#unread.forEach((byte, i) => (bits[i] = (bits[i] ?? 0) | byte));
    if (bits.equals(this.#mapped)) return;
    try {
      await (this.#options.syncData ?? ((file) => file.datasync()))(this.#file);
    } catch (error) {
      this.#unwritable = true;
      await this.#believeOnlyTheMap();
      this.#options.onWriteFailed(error);
      return;
    }
    try {
      await writeMap(this.#options.mapPath, this.index, bits);
      this.#mapped = bits;
    } catch (error) {
      this.#options.onWriteFailed(error); // the map on the disk is an older, true one
      return;
    }
    await this.#becomeWhole();
  }

  async #becomeWhole(): Promise<void> {
    if (this.#whole || this.#file === undefined || countBits(this.#mapped) < this.extentCount) return;
    if (this.extentCount === 0) {
      await writeMap(this.#options.mapPath, this.index, this.#mapped).catch(this.#options.onWriteFailed);
    }
    this.#whole = true;
    for (const listener of this.#wholeListeners) listener();
  }

  async #believeOnlyTheMap(): Promise<void> {
    const bits = this.#mapped;
    const read = this.presence.copy().map((byte, i) => byte & (bits[i] ?? 0));
    this.#unread = Buffer.from(bits.map((byte, i) => byte & ~(read[i] ?? 0)));
    this.presence.restore(read);
    this.#presentCount = 0;
    this.#presentBytes = 0;
    for (let number = 0; number < this.extentCount; number++) {
      // A large image has millions, which other work must not wait for.
      if (number % extentsCountedAtOnce === extentsCountedAtOnce - 1) await yieldToOthers();
      if (!isSet(bits, number)) continue;
      this.#presentCount++;
      this.#presentBytes += this.index.extentAt(number).lengthBytes;
    }
  }

  #full(): DvceError {
    return new DvceError(
      "DVCE_STORE_FULL",
      `The base file of version ${this.index.version} cannot be written. Make space on this node's disk.`,
    );
  }
}

/** Makes the raw file afresh; what lay there before is not believed. The map goes first, durably. */
async function makeAnew({ rawPath, mapPath, backed }: BaseFileOptions): Promise<void> {
  await rm(mapPath, { force: true });
  await syncDirectory(dirname(mapPath));
  if (!backed) await rm(rawPath, { force: true });
  await (await open(rawPath, "a", 0o600)).close();
}

async function writeAll(file: FileHandle, data: Buffer, offsetBytes: number): Promise<void> {
  for (let done = 0; done < data.length;) {
    const { bytesWritten } = await file.write(data, done, data.length - done, offsetBytes + done);
    if (bytesWritten === 0) throw new Error(`nothing was written at ${offsetBytes + done}`);
    done += bytesWritten;
  }
}

const isSet = (bits: Uint8Array, number: number): boolean =>
  (((bits[number >> 3] ?? 0) >> (number & 7)) & 1) === 1;

function unset(bits: Uint8Array, number: number): void {
  bits[number >> 3] = (bits[number >> 3] ?? 0) & ~(1 << (number & 7));
}

const closed = (): DvceError => new DvceError("DVCE_CHUNK_MISSING", "The base file was closed. Read again.");

export function countBits(bits: Uint8Array): number {
  let count = 0;
  for (let byte of bits) for (; byte !== 0; byte &= byte - 1) count++;
  return count;
}
