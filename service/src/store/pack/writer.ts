/**
 * Appends chunks to packs and acknowledges them in groups.
 *
 * Order of writing, and what a power cut after each step leaves (K: kill -9, where the page cache survives):
 *
 *   step                                        what is found at the next start
 *   1 create the next pack file                 no file, or an empty one: removed
 *   2 write its header, fdatasync               a file with a torn header: removed when it holds no record
 *   3 fsync the directory                       the pack, without records; nothing acknowledged is in it yet
 *   4 write a group of records at the end       any mixture of old end, zeros and parts of the group, in any order,
 *                                               since nobody was told: whole records are kept, the rest behind the
 *                                               last whole one is cut off. K: all of it may be in the page cache and not
 *                                               on the disk: therefore a start writes the last group once more and
 *                                               syncs the pack before it answers (recover.ts)
 *   5 fdatasync                                 the whole group
 *   6 enter the group into the table, then
 *     resolve its puts (acknowledged)           the whole group: found by the scan of the newest pack
 *   7 a full pack: write its index aside,
 *     fdatasync, rename, fsync the directory    no index, or a whole one; without it the pack is scanned
 *   8 close: as 7 for the newest pack           an index of a shorter pack if it grew since: not used
 *
 * A group is written only after the one before it was synced, so acknowledged records are never behind torn ones.
 *
 * Errors. A write that finds no space: the pack is cut back to its last synced end, the group's puts fail with
 * `DVCE_STORE_FULL`, and later puts may succeed. A failed fdatasync: the kernel may have dropped the pages and will not say
 * so again, so it is never repeated; the pack is cut back to its last synced end, which also discards what the page cache
 * pretends to have, what was acknowledged from it is read from the disk and verified, and the writer refuses everything from
 * then on (`DVCE_STORE_UNWRITABLE`). So does any other failed write. A process that is killed between the failed fdatasync
 * and the cut leaves records that only the page cache has, and that another fdatasync would not notice: that is why a start
 * writes them once more instead of only syncing them.
 */
import { join } from "node:path";
import { DvceError } from "@dvce/api";
import type { EncodedChunk } from "@dvce/image";
import type { ChunkLocation, ChunkTable } from "./chunk-table";
import {
  digestInHeader,
  encodePackHeader,
  encodeRecordHeader,
  packFileName,
  packHeaderSizeBytes,
  recordHeaderSizeBytes,
} from "./format";
import { errorCode } from "./error-code";
import type { Pack, Packs } from "./packs";
import { writeSidecar } from "./sidecar";
import type { StoreFiles } from "./store-files";

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Chunks that become durable together; they take at most one group. */
interface WaitingChunks extends Waiting {
  readonly chunks: readonly EncodedChunk[];
  /** Of these chunks in the pack. */
  readonly bytes: number;
  readonly pastCache: boolean;
  /** Where the one chunk that compaction moves lay; the copy counts only if it still lies there afterwards. */
  readonly from: ChunkLocation | undefined;
}

/** The pack is to be ended if it still is the newest. */
interface WaitingEnd extends Waiting {
  readonly pack: number;
}

/**
 * Bytes of one group, so at most this much of a pack was written and not synced when a process ended: enough to make its
 * fdatasync cheap, small enough to answer soon.
 */
export const groupBytesMax = 16 * 1024 * 1024;

/** Groups from this size on can pass the page cache; for smaller ones that is more work than it spares. */
const pastCacheBytesMin = 64 * 1024;

export class PackWriter {
  readonly #files: StoreFiles;
  readonly #directory: string;
  readonly #packs: Packs;
  readonly #table: ChunkTable;
  readonly #packSizeBytesMax: number;
  readonly #groupBytesMax: number;
  readonly #monotonicMs: () => number;
  readonly #verifyPack: (number: number) => Promise<unknown>;
  #queue: (WaitingChunks | WaitingEnd)[] = [];
  #running: Promise<void> | undefined;
  #broken: DvceError | undefined;

  constructor(options: {
    readonly files: StoreFiles;
    readonly directory: string;
    readonly packs: Packs;
    readonly table: ChunkTable;
    readonly packSizeBytesMax: number;
    readonly monotonicMs: () => number;
    /** Checks what was acknowledged from a pack, after its disk failed. */
    readonly verifyPack: (number: number) => Promise<unknown>;
  }) {
    this.#files = options.files;
    this.#directory = options.directory;
    this.#packs = options.packs;
    this.#table = options.table;
    this.#packSizeBytesMax = options.packSizeBytesMax;
    this.#monotonicMs = options.monotonicMs;
    this.#verifyPack = options.verifyPack;
    this.#groupBytesMax = Math.min(groupBytesMax, options.packSizeBytesMax - packHeaderSizeBytes);
  }

  /** Why the writer takes nothing any more; undefined while it does. */
  get broken(): DvceError | undefined {
    return this.#broken;
  }

  /** Resolves when the chunks are durable and in the table. `pastCache` as {@link PutOptions.pastCache}. */
  async append(chunks: readonly EncodedChunk[], pastCache: boolean): Promise<void> {
    const groups: Promise<void>[] = [];
    let first = 0;
    let bytes = 0;
    for (const [i, chunk] of chunks.entries()) {
      const more = recordBytes(chunk);
      if (bytes > 0 && bytes + more > this.#groupBytesMax) {
        groups.push(this.#enqueue({ chunks: chunks.slice(first, i), bytes, pastCache, from: undefined }));
        first = i;
        bytes = 0;
      }
      bytes += more;
    }
    groups.push(this.#enqueue({ chunks: chunks.slice(first), bytes, pastCache, from: undefined }));
    await Promise.all(groups);
  }

  /** Resolves when a copy of a chunk that lies at `from` is durable, and in the table if the chunk lay there until then. */
  move(chunk: EncodedChunk, from: ChunkLocation): Promise<void> {
    return this.#enqueue({ chunks: [chunk], bytes: recordBytes(chunk), pastCache: false, from });
  }

  /** Begins the next pack if the newest has this number, so that that one can be compacted. */
  endPack(number: number): Promise<void> {
    return this.#enqueue({ pack: number });
  }

  /** The error for an effect on the store's disk that failed: full, or broken, and then nothing more is taken. */
  failed(cause: unknown): DvceError {
    return isFull(cause) ? full(this.#directory, cause) : this.#break(cause);
  }

  /** Waits for what was appended and writes the newest pack's index. */
  async finish(): Promise<void> {
    await this.#running;
    const newest = this.#packs.newest;
    if (newest !== undefined && this.#broken === undefined) await this.#writeSidecar(newest);
  }

  #enqueue(work: Omit<WaitingChunks, keyof Waiting> | Omit<WaitingEnd, keyof Waiting>): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ ...work, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    // What is appended in the same step shares a group; and this must not end before its caller has noted it as running.
    await Promise.resolve();
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      const group = "pack" in first ? this.#queue.splice(0, 1) : this.#takeGroup();
      try {
        if ("pack" in first) {
          if (this.#packs.newest?.number === first.pack) await this.#begin();
        } else {
          await this.#commit(group.filter((waiting) => "chunks" in waiting));
        }
      } catch (error) {
        for (const { reject } of group) reject(error);
        if (this.#broken !== undefined) for (const { reject } of this.#queue.splice(0)) reject(this.#broken);
        continue;
      }
      for (const { resolve } of group) resolve();
    }
    // In the same step as the last look at the queue: what is appended from now on starts anew.
    this.#running = undefined;
  }

  #takeGroup(): (WaitingChunks | WaitingEnd)[] {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#queue) {
      if ("pack" in waiting) break;
      bytes += waiting.bytes;
      if (count > 0 && bytes > this.#groupBytesMax) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(group: readonly WaitingChunks[]): Promise<void> {
    const bytes = group.reduce((sum, waiting) => sum + waiting.bytes, 0);
    const pastCache = bytes >= pastCacheBytesMin && group.every((waiting) => waiting.pastCache);
    // All headers in one piece of memory: many small ones cost more than what is written into them.
    const headers = Buffer.alloc(
      group.reduce((sum, { chunks }) => sum + chunks.length, 0) * recordHeaderSizeBytes,
    );
    const parts: Buffer[] = [];
    let headersEnd = 0;
    for (const { chunks } of group) {
      for (const chunk of chunks) {
        const header = headers.subarray(headersEnd, (headersEnd += recordHeaderSizeBytes));
        parts.push(encodeRecordHeader(chunk, header), chunk.payload);
      }
    }
    const newest = this.#packs.newest;
    const fits = newest !== undefined && newest.sizeBytes + bytes <= this.#packSizeBytesMax;
    const pack = fits ? newest : await this.#begin();
    try {
      await pack.file.write(pack.sizeBytes, parts, { pastCache });
    } catch (cause) {
      throw await this.#cutBack(pack, cause, isFull(cause) ? "full" : "broken");
    }
    try {
      await pack.file.sync();
    } catch (cause) {
      throw await this.#cutBack(pack, cause, "broken");
    }
    this.#enter(group, pack, headers);
    pack.sizeBytes += bytes;
  }

  /** Enters a group that is durable from the end of `pack` on. Its headers hold the digests. */
  #enter(group: readonly WaitingChunks[], pack: Pack, headers: Buffer): void {
    const nowMs = this.#monotonicMs();
    let offsetBytes = pack.sizeBytes;
    let header = 0;
    for (const { chunks, from } of group) {
      for (const chunk of chunks) {
        const digest = digestInHeader(headers, header);
        const place = { offsetBytes, payloadBytes: chunk.payload.length, sizeBytes: chunk.sizeBytes };
        this.#packs.newestRecords.push({ digest, ...place });
        const location = { pack: pack.number, ...place };
        if (from === undefined) this.#table.set(digest, location, nowMs);
        else this.#table.move(digest, from, location);
        offsetBytes += recordHeaderSizeBytes + chunk.payload.length;
        header += recordHeaderSizeBytes;
      }
    }
  }

  /** Ends the newest pack and begins the next one, which then is empty and safely on the disk. */
  async #begin(): Promise<Pack> {
    const newest = this.#packs.newest;
    if (newest !== undefined) await this.#writeSidecar(newest);
    const number = (newest?.number ?? 0) + 1;
    const path = join(this.#directory, packFileName(number));
    try {
      const file = await this.#files.open(path, "create");
      try {
        await file.write(0, [encodePackHeader(number)]);
        await file.sync();
        await this.#files.syncDirectory(this.#directory);
      } catch (cause) {
        await file.close();
        await this.#files.remove(path);
        throw cause;
      }
      return this.#packs.add(number, packHeaderSizeBytes, file);
    } catch (cause) {
      throw this.failed(cause);
    }
  }

  /** After a failed write or sync: leaves nothing in the pack, or in the page cache, that was not acknowledged. */
  async #cutBack(pack: Pack, cause: unknown, kind: "full" | "broken"): Promise<DvceError> {
    try {
      await pack.file.truncate(pack.sizeBytes);
    } catch (truncateCause) {
      return this.#break(truncateCause);
    }
    if (kind === "full") return full(this.#directory, cause);
    const error = this.#break(cause);
    await this.#verifyPack(pack.number);
    return error;
  }

  #break(cause: unknown): DvceError {
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#broken = new DvceError(
      "DVCE_STORE_UNWRITABLE",
      `The chunk store in ${this.#directory} takes no more chunks: writing to its disk failed (${why}). ` +
        "What it acknowledged before is kept and served. Check the disk, then restart the agent.",
      { cause },
    );
    return this.#broken;
  }

  #writeSidecar({ number, sizeBytes }: Pack): Promise<void> {
    return writeSidecar(this.#files, this.#directory, number, sizeBytes, this.#packs.newestRecords);
  }
}

/** What a chunk takes in a pack. */
const recordBytes = ({ payload }: EncodedChunk): number => recordHeaderSizeBytes + payload.length;

function isFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes(errorCode(error) ?? "");
}

function full(directory: string, cause: unknown): DvceError {
  return new DvceError(
    "DVCE_STORE_FULL",
    `The disk of the chunk store in ${directory} is full; nothing of this request was stored. Free space on it, or push to ` +
      "nodes with more.",
    { cause },
  );
}
