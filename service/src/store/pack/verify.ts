/**
 * Re-reads stored chunks, from the disk itself where that is possible: the page cache would answer for what was written
 * lately, and the cache has better uses than a scrub's reads. Checks the record and, by decoding, the digest.
 */
import { join } from "node:path";
import { isDvceError } from "@dvce/api";
import type { Digest, EncodedChunk } from "@dvce/image";
import type { Verified } from "../chunk-store";
import { type ChunkLocation, type ChunkTable, recordBytes, samePlace } from "./chunk-table";
import { directAlignmentBytes, directMemoryBytes, withDirectMemory } from "./direct-memory";
import { errorCode } from "./error-code";
import { packFileName, recordSizeBytesMax } from "./format";
import type { PackSize } from "./packs";
import type { BadReason } from "./quarantine";
import { checkRecord } from "./record";
import type { SidecarRecord } from "./sidecar";
import type { StoreFile, StoreFiles } from "./store-files";

export interface PackVerifierOptions {
  readonly files: StoreFiles;
  readonly directory: string;
  readonly packs: { all(): readonly PackSize[]; get(number: number): PackSize | undefined };
  readonly table: ChunkTable;
  readonly records: { of(pack: PackSize): Promise<readonly SidecarRecord[]> };
  /** Decodes a chunk and checks its digest; throws `DVCE_CHUNK_CORRUPT`. */
  readonly decode: (chunk: EncodedChunk) => Promise<unknown>;
  /** Takes a bad chunk out of the table, if it still lies there. */
  readonly onBad: (digest: Buffer, location: ChunkLocation, reason: BadReason) => boolean;
}

interface Reading {
  readonly digest: Buffer;
  readonly location: ChunkLocation;
}

/** One read from the disk: long enough for its full speed. Also bounds how many chunks are decoded at once. */
const windowSizeBytes = directMemoryBytes;

export class PackVerifier {
  readonly #options: PackVerifierOptions;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: PackVerifierOptions) {
    this.#options = options;
  }

  /** See `ChunkStore.verifyNext`; a cursor is `pack:offset`, and one that is not begins anew. */
  next(cursor: string | undefined, bytesMax: number): Promise<Verified> {
    return this.#inTurn(() => this.#next(cursor, bytesMax));
  }

  /** Checks every chunk of a pack. Answers which were bad. */
  pack(number: number): Promise<Digest[]> {
    return this.#inTurn(async () => {
      const pack = this.#options.packs.get(number);
      return pack === undefined ? [] : this.#check(await this.#chunksOf(pack, 0));
    });
  }

  /** Checks one chunk, wherever it lies. Answers whether it is here and good. */
  chunk(digest: Buffer): Promise<boolean> {
    return this.#inTurn(async () => {
      const location = this.#options.table.find(digest);
      if (location === undefined) return false;
      await this.#check([{ digest, location }]);
      return this.#options.table.has(digest);
    });
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    await this.#turn;
  }

  async #next(cursor: string | undefined, bytesMax: number): Promise<Verified> {
    const start = parseCursor(cursor);
    const readings: Reading[] = [];
    let bytes = 0;
    let next: string | undefined;
    for (const pack of this.#options.packs.all()) {
      if (pack.number < start.pack || next !== undefined) continue;
      if (bytes >= bytesMax) {
        next = `${pack.number}:0`;
        break;
      }
      const from = pack.number === start.pack ? start.offsetBytes : 0;
      for (const reading of await this.#chunksOf(pack, from)) {
        if (bytes >= bytesMax) {
          next = `${pack.number}:${reading.location.offsetBytes}`;
          break;
        }
        readings.push(reading);
        bytes += recordBytes(reading.location);
      }
    }
    const bad = await this.#check(readings);
    return { cursor: next, checkedChunks: readings.length, checkedBytes: bytes, bad };
  }

  /** The chunks that lie in a pack at or behind an offset, in the order of their places. */
  async #chunksOf(pack: PackSize, fromBytes: number): Promise<Reading[]> {
    const readings: Reading[] = [];
    for (const { digest, ...place } of await this.#options.records.of(pack)) {
      if (place.offsetBytes < fromBytes) continue;
      const location = { pack: pack.number, ...place };
      const now = this.#options.table.find(digest);
      if (now !== undefined && samePlace(now, location)) readings.push({ digest, location: now });
    }
    return readings;
  }

  async #check(readings: readonly Reading[]): Promise<Digest[]> {
    const bad: Digest[] = [];
    for (let first = 0; first < readings.length;) {
      const count = windowLength(readings, first);
      bad.push(...(await this.#checkWindow(readings.slice(first, first + count))));
      first += count;
    }
    return bad;
  }

  /** Reads chunks of one pack that lie close together. */
  async #checkWindow(readings: readonly Reading[]): Promise<Digest[]> {
    const number = readings[0]?.location.pack;
    if (number === undefined) return [];
    let file: StoreFile;
    try {
      file = await this.#options.files.open(join(this.#options.directory, packFileName(number)), "direct");
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      // Compaction has moved the chunks and removed the pack; or somebody else has removed it, and they are lost.
      return this.#judge(
        readings,
        readings.map(() => "unreadable"),
      );
    }
    try {
      return await withDirectMemory((memory) => this.#readWindow(file, memory, readings));
    } finally {
      await file.close();
    }
  }

  async #readWindow(file: StoreFile, memory: Buffer, readings: readonly Reading[]): Promise<Digest[]> {
    const first = readings[0]?.location.offsetBytes ?? 0;
    const last = readings.at(-1)?.location;
    const start = first - (first % directAlignmentBytes);
    const end = last === undefined ? start : last.offsetBytes + recordBytes(last);
    const span = Math.ceil((end - start) / directAlignmentBytes) * directAlignmentBytes;
    let window: Buffer;
    try {
      window = memory.subarray(0, await file.read(start, memory.subarray(0, span)));
    } catch (error) {
      if (errorCode(error) !== "EIO") throw error;
      if (readings.length === 1) return this.#judge(readings, ["unreadable"]);
      const bad: Digest[] = [];
      for (const reading of readings) bad.push(...(await this.#readWindow(file, memory, [reading])));
      return bad;
    }
    const judgements = readings.map(async ({ digest, location }): Promise<BadReason | undefined> => {
      const at = location.offsetBytes - start;
      const record = window.subarray(at, Math.max(at, Math.min(window.length, at + recordBytes(location))));
      const chunk = checkRecord(record, digest, location);
      if (chunk === undefined) return "damaged";
      try {
        await this.#options.decode(chunk);
        return undefined;
      } catch (error) {
        if (isDvceError(error, "DVCE_CHUNK_CORRUPT")) return "digest";
        throw error;
      }
    });
    return this.#judge(readings, await Promise.all(judgements));
  }

  #judge(readings: readonly Reading[], reasons: readonly (BadReason | undefined)[]): Digest[] {
    const bad: Digest[] = [];
    readings.forEach(({ digest, location }, i) => {
      const reason = reasons[i];
      if (reason !== undefined && this.#options.onBad(digest, location, reason))
        bad.push(digest.toString("hex"));
    });
    return bad;
  }

  /** One after another: they share memory, and one reader at a time is enough for a disk that others use. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}

/** How many chunks from `first` on fit into one window, at least one. */
function windowLength(readings: readonly Reading[], first: number): number {
  const start = readings[first]?.location;
  let count = 1;
  for (; first + count < readings.length; count++) {
    const location = readings[first + count]?.location;
    if (location === undefined || location.pack !== start?.pack) break;
    const end = location.offsetBytes + recordBytes(location);
    if (end - start.offsetBytes + 2 * directAlignmentBytes > windowSizeBytes) break;
  }
  return count;
}

function parseCursor(cursor: string | undefined): { pack: number; offsetBytes: number } {
  const match = /^(\d{1,8}):(\d{1,10})$/.exec(cursor ?? "");
  return { pack: Number(match?.[1] ?? 0), offsetBytes: Number(match?.[2] ?? 0) };
}

if (windowSizeBytes < recordSizeBytesMax + 2 * directAlignmentBytes) throw new Error("a record must fit");
