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
 *                                               last whole one is cut off. K: all of it may be there, but not yet on
 *                                               the disk: therefore a start syncs the newest pack before it answers
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
 * pretends to have, and the writer refuses everything from then on (`DVCE_STORE_UNWRITABLE`). So does any other failed write.
 */
import { join } from "node:path";
import { DvceError } from "@dvce/api";
import type { EncodedChunk } from "@dvce/image";
import type { ChunkTable } from "./chunk-table";
import {
  encodePackHeader,
  encodeRecordHeader,
  packFileName,
  packHeaderSizeBytes,
  recordHeaderSizeBytes,
} from "./format";
import { errorCode } from "./error-code";
import type { Packs } from "./packs";
import { writeSidecar } from "./sidecar";
import type { StoreFiles } from "./store-files";

interface Waiting {
  readonly chunk: EncodedChunk;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Bytes of one group: enough to make its fdatasync cheap, small enough to answer soon. */
const groupBytesMax = 16 * 1024 * 1024;

export class PackWriter {
  readonly #files: StoreFiles;
  readonly #directory: string;
  readonly #packs: Packs;
  readonly #table: ChunkTable;
  readonly #packSizeBytesMax: number;
  readonly #groupBytesMax: number;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #broken: DvceError | undefined;

  constructor(options: {
    readonly files: StoreFiles;
    readonly directory: string;
    readonly packs: Packs;
    readonly table: ChunkTable;
    readonly packSizeBytesMax: number;
  }) {
    this.#files = options.files;
    this.#directory = options.directory;
    this.#packs = options.packs;
    this.#table = options.table;
    this.#packSizeBytesMax = options.packSizeBytesMax;
    this.#groupBytesMax = Math.min(groupBytesMax, options.packSizeBytesMax - packHeaderSizeBytes);
  }

  /** Resolves when the chunk is durable and in the table. */
  append(chunk: EncodedChunk): Promise<void> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#queue.push({ chunk, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  /** Waits for what was appended and writes the newest pack's index. */
  async finish(): Promise<void> {
    await this.#running;
    const newest = this.#packs.newest;
    if (newest !== undefined && this.#broken === undefined) await this.#writeSidecar(newest.number);
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#takeGroup();
      try {
        await this.#commit(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
        if (this.#broken !== undefined) {
          for (const { reject } of this.#queue) reject(this.#broken);
          this.#queue = [];
        }
        continue;
      }
      for (const { resolve } of group) resolve();
    }
    // In the same step as the last look at the queue: what is appended from now on starts anew.
    this.#running = undefined;
  }

  #takeGroup(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { chunk } of this.#queue) {
      bytes += recordHeaderSizeBytes + chunk.payload.length;
      if (count > 0 && bytes > this.#groupBytesMax) break;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const parts: Buffer[] = [];
    let bytes = 0;
    for (const { chunk } of group) {
      parts.push(encodeRecordHeader(chunk), chunk.payload);
      bytes += recordHeaderSizeBytes + chunk.payload.length;
    }
    const pack = await this.#packFor(bytes);
    const file = await this.#packs.open(pack.number);
    let at = pack.sizeBytes;
    try {
      await file.write(at, parts);
    } catch (cause) {
      throw await this.#cutBack(pack.number, pack.sizeBytes, cause, isFull(cause) ? "full" : "broken");
    }
    try {
      await file.sync();
    } catch (cause) {
      throw await this.#cutBack(pack.number, pack.sizeBytes, cause, "broken");
    }
    pack.sizeBytes += bytes;
    for (const { chunk } of group) {
      const location = {
        pack: pack.number,
        offsetBytes: at,
        payloadBytes: chunk.payload.length,
        sizeBytes: chunk.sizeBytes,
      };
      this.#table.set(Buffer.from(chunk.digest, "hex"), location);
      at += recordHeaderSizeBytes + chunk.payload.length;
    }
  }

  /** The newest pack if it has room, else the next one, which then is empty and safely on the disk. */
  async #packFor(bytes: number) {
    const newest = this.#packs.newest;
    if (newest !== undefined && newest.sizeBytes + bytes <= this.#packSizeBytesMax) return newest;
    if (newest !== undefined) await this.#writeSidecar(newest.number);
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
      if (isFull(cause)) throw full(this.#directory, cause);
      throw this.#break(cause);
    }
  }

  /** After a failed write or sync: leaves nothing in the pack, or in the page cache, that was not acknowledged. */
  async #cutBack(
    number: number,
    sizeBytes: number,
    cause: unknown,
    kind: "full" | "broken",
  ): Promise<DvceError> {
    try {
      const file = await this.#packs.open(number);
      await file.truncate(sizeBytes);
    } catch (truncateCause) {
      return this.#break(truncateCause);
    }
    return kind === "full" ? full(this.#directory, cause) : this.#break(cause);
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

  #writeSidecar(number: number): Promise<void> {
    const records = [...this.#table.inPack(number)];
    return writeSidecar(this.#files, this.#directory, number, this.#packs.sizeBytesOf(number), records);
  }
}

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
