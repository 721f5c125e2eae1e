/**
 * Finds a chunk's number by its digest: a hash table in pages of 4 KiB, so that a lookup reads one page of it and, for a
 * digest that is there, one of the index. It is made while an index is checked, which needs it to find a chunk that stands
 * there twice, and is kept in memory beside an index in memory (11 bytes a chunk) and in a nameless file beside one in a file:
 * there is no format to keep, and nothing to mend after a crash.
 *
 * A page has 512 slots of eight bytes: 32 bits of a hash of the digest, and the chunk's number plus one (0: free). Another
 * hash names a digest's page, the first its slot there or the next free one, round the page. Pages are three
 * quarters full on average; should one overflow, all is made again with another seed.
 *
 * A table for a file that does not fit in one window of memory is made window by window: its entries are first sorted by window
 * into blocks behind the place of the pages.
 */
import { randomBytes } from "node:crypto";
import { ftruncateSync, writeSync } from "node:fs";
import { digestSizeBytes } from "../digest/digest";
import { hashDigest } from "../digest/hash-digest";
import { chunkRecordSizeBytes } from "./format";
import { FileIndexBytes, MemoryIndexBytes, type IndexBytes, type RecordTable } from "./index-bytes";
import { invalid } from "./invalid";
import { type PageCache, readFully } from "./page-cache";

const pageSizeBytes = 4096;
const slotSizeBytes = 8;
const slotsInPage = pageSizeBytes / slotSizeBytes;
const entriesInPage = (slotsInPage * 3) / 4;
/** 16 MiB of memory while a table is made for a file. */
const windowPagesDefault = 4096;
const entrySizeBytes = 12;
/** Entries are written to the file in blocks of this many. */
const blockEntries = 4096;
const seedsMax = 8;

/** Where pages are kept: in memory, or in `fd`, which is taken over. */
export type NumbersPlace = { readonly fd: number; readonly cache: PageCache } | undefined;

export class ChunkNumbers {
  readonly #bytes: IndexBytes;
  readonly #pages: RecordTable;
  readonly #pageCount: number;
  readonly #seeds: Seeds;
  readonly #chunks: RecordTable;

  constructor(bytes: IndexBytes, pageCount: number, seeds: Seeds, chunks: RecordTable) {
    this.#bytes = bytes;
    this.#pageCount = pageCount;
    this.#pages = bytes.records(0, pageCount, pageSizeBytes);
    this.#seeds = seeds;
    this.#chunks = chunks;
  }

  /** The number of the chunk whose digest stands at `source[offset, offset + 32)`, or -1. */
  find(source: Buffer, offset: number): number {
    const page = pageOf(source, offset, this.#seeds, this.#pageCount);
    const tag = hashDigest(source, offset, this.#seeds.tag);
    let base = this.#pages.seek(page);
    for (let slot = tag % slotsInPage; ; slot = (slot + 1) % slotsInPage) {
      const at = base + slot * slotSizeBytes;
      const number = this.#pages.buffer.readUInt32LE(at + 4) - 1;
      if (number < 0) return -1;
      if (this.#pages.buffer.readUInt32LE(at) !== tag) continue;
      const record = this.#chunks.seek(number);
      if (
        source.compare(
          this.#chunks.buffer,
          record,
          record + digestSizeBytes,
          offset,
          offset + digestSizeBytes,
        ) === 0
      )
        return number;
      base = this.#pages.seek(page); // the chunk's page may have taken its place
    }
  }

  close(): void {
    this.#bytes.close();
  }
}

interface Seeds {
  readonly page: number;
  readonly tag: number;
}

/**
 * Makes the table of `chunkCount` chunks. `scan` gives their records in pieces, in order, each time it is called. Yields where
 * the caller may do something else for a while.
 *
 * Throws `DVCE_INDEX_INVALID` when a chunk stands there twice.
 */
export function* makeChunkNumbers(
  chunks: RecordTable,
  chunkCount: number,
  scan: () => Iterable<Buffer>,
  place: NumbersPlace,
  windowPages = windowPagesDefault,
): Generator<void, ChunkNumbers, undefined> {
  const pageCount = Math.max(1, Math.ceil(chunkCount / entriesInPage));
  for (let tries = 1; ; tries++) {
    const random = randomBytes(8);
    const seeds: Seeds = { page: random.readUInt32LE(0), tag: random.readUInt32LE(4) };
    try {
      const inOne = place === undefined || pageCount <= windowPages;
      if (!inOne) yield* makeInWindows({ chunks, pageCount, seeds, fd: place.fd, windowPages }, scan());
      else {
        const window = Buffer.alloc(pageCount * pageSizeBytes);
        yield* makeAtOnce({ chunks, pageCount, seeds }, scan(), window);
        if (place === undefined)
          return new ChunkNumbers(new MemoryIndexBytes(window), pageCount, seeds, chunks);
        writeFully(place.fd, window, 0);
      }
      const bytes = new FileIndexBytes(place.fd, pageCount * pageSizeBytes, place.cache);
      return new ChunkNumbers(bytes, pageCount, seeds, chunks);
    } catch (error) {
      if (!(error instanceof PageOverflow) || tries >= seedsMax) throw error;
    }
  }
}

/** A page has too many entries under these seeds. */
class PageOverflow extends Error {}

interface Table {
  readonly chunks: RecordTable;
  readonly pageCount: number;
  readonly seeds: Seeds;
}

function* makeAtOnce(table: Table, scan: Iterable<Buffer>, window: Buffer): Generator<void, void, undefined> {
  const filled = new Uint16Array(table.pageCount);
  let number = 0;
  for (const records of scan) {
    for (let at = 0; at < records.length; at += chunkRecordSizeBytes, number++) {
      const page = pageOf(records, at, table.seeds, table.pageCount);
      insert(table, window, filled, { page, tag: hashDigest(records, at, table.seeds.tag), number });
    }
    yield;
  }
}

function* makeInWindows(
  table: Table & { readonly fd: number; readonly windowPages: number },
  scan: Iterable<Buffer>,
): Generator<void, void, undefined> {
  const { pageCount, seeds, fd, windowPages } = table;
  const windows = new SortedEntries(fd, pageCount * pageSizeBytes, Math.ceil(pageCount / windowPages));
  let number = 0;
  for (const records of scan) {
    for (let at = 0; at < records.length; at += chunkRecordSizeBytes, number++) {
      const page = pageOf(records, at, seeds, pageCount);
      windows.add(
        Math.floor(page / windowPages),
        page % windowPages,
        hashDigest(records, at, seeds.tag),
        number,
      );
    }
    yield;
  }
  const window = Buffer.allocUnsafeSlow(windowPages * pageSizeBytes);
  const filled = new Uint16Array(windowPages);
  for (let i = 0; i * windowPages < pageCount; i++) {
    window.fill(0);
    filled.fill(0);
    for (const entries of windows.blocks(i)) {
      for (let at = 0; at < entries.length; at += entrySizeBytes) {
        insert(table, window, filled, {
          page: entries.readUInt32LE(at),
          tag: entries.readUInt32LE(at + 4),
          number: entries.readUInt32LE(at + 8),
        });
      }
      yield;
    }
    const pages = Math.min(windowPages, pageCount - i * windowPages);
    writeFully(fd, window.subarray(0, pages * pageSizeBytes), i * window.length);
  }
  ftruncateSync(fd, pageCount * pageSizeBytes);
}

function insert(
  { chunks }: Table,
  window: Buffer,
  filled: Uint16Array,
  entry: { readonly page: number; readonly tag: number; readonly number: number },
): void {
  const { page, tag, number } = entry;
  const entries = (filled[page] ?? 0) + 1;
  if (entries === slotsInPage) throw new PageOverflow(); // one slot stays free, where lookups end
  filled[page] = entries;
  for (let slot = tag % slotsInPage; ; slot = (slot + 1) % slotsInPage) {
    const at = page * pageSizeBytes + slot * slotSizeBytes;
    const other = window.readUInt32LE(at + 4) - 1;
    if (other < 0) {
      window.writeUInt32LE(tag, at);
      window.writeUInt32LE(number + 1, at + 4);
      return;
    }
    if (window.readUInt32LE(at) === tag && sameDigest(chunks, other, number))
      throw invalid(`chunk ${Math.max(other, number)} stands there twice`);
  }
}

function sameDigest(chunks: RecordTable, a: number, b: number): boolean {
  const at = chunks.seek(a);
  const digest = Buffer.from(chunks.buffer.subarray(at, at + digestSizeBytes));
  const other = chunks.seek(b);
  return digest.compare(chunks.buffer, other, other + digestSizeBytes) === 0;
}

/** Entries of a table by window, in blocks of a file from `startBytes` on. */
class SortedEntries {
  readonly #fd: number;
  readonly #filling: { readonly block: Buffer; size: number; readonly written: number[] }[];
  #end: number;

  constructor(fd: number, startBytes: number, windows: number) {
    this.#fd = fd;
    this.#end = startBytes;
    this.#filling = Array.from({ length: windows }, () => ({
      block: Buffer.allocUnsafeSlow(blockEntries * entrySizeBytes),
      size: 0,
      written: [],
    }));
  }

  add(window: number, page: number, tag: number, number: number): void {
    const filling = this.#filling[window];
    if (filling === undefined) throw new RangeError(`window ${window}`);
    filling.block.writeUInt32LE(page, filling.size);
    filling.block.writeUInt32LE(tag, filling.size + 4);
    filling.block.writeUInt32LE(number, filling.size + 8);
    filling.size += entrySizeBytes;
    if (filling.size < filling.block.length) return;
    writeFully(this.#fd, filling.block, this.#end);
    filling.written.push(this.#end);
    this.#end += filling.block.length;
    filling.size = 0;
  }

  *blocks(window: number): Generator<Buffer, void, undefined> {
    const filling = this.#filling[window];
    if (filling === undefined) return;
    yield filling.block.subarray(0, filling.size);
    for (const at of filling.written) {
      readFully(this.#fd, filling.block, 0, filling.block.length, at);
      yield filling.block;
    }
  }
}

function pageOf(source: Buffer, offset: number, seeds: Seeds, pageCount: number): number {
  return Math.floor((hashDigest(source, offset, seeds.page) / 2 ** 32) * pageCount);
}

function writeFully(fd: number, data: Buffer, offsetBytes: number): void {
  for (let done = 0; done < data.length;) {
    done += writeSync(fd, data, done, data.length - done, offsetBytes + done);
  }
}
