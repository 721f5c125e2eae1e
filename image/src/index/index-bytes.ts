/** An encoded index, in memory or in a file, and its records one by one. */
import { closeSync } from "node:fs";
import { DvceError } from "@dvce/api";
import { type PageCache, pageSizeBytesMax, readFully } from "./page-cache";

export interface IndexBytes {
  readonly sizeBytes: number;
  /** Bytes for reading in order, at most {@link scanSizeBytesMax}; they hold until the next call. */
  read(offsetBytes: number, lengthBytes: number): Buffer;
  /** Records of one size that follow each other from `startBytes` on. */
  records(startBytes: number, count: number, recordSizeBytes: number): RecordTable;
  /** Records cannot be read any more afterwards. Idempotent. */
  close(): void;
}

/** Any record in any order. */
export interface RecordTable {
  /** Holds the record that was sought last. */
  readonly buffer: Buffer;
  /** Where record `i`, which must exist, starts in {@link buffer}. Holds until a record of any table is sought. */
  seek(i: number): number;
}

export const scanSizeBytesMax = 1024 * 1024;

/** An index that is all in memory. */
export class MemoryIndexBytes implements IndexBytes {
  constructor(readonly bytes: Buffer) {}

  get sizeBytes(): number {
    return this.bytes.length;
  }

  read(offsetBytes: number, lengthBytes: number): Buffer {
    return this.bytes.subarray(offsetBytes, offsetBytes + lengthBytes);
  }

  records(startBytes: number, _count: number, recordSizeBytes: number): RecordTable {
    return { buffer: this.bytes, seek: (i) => startBytes + i * recordSizeBytes };
  }

  close(): void {
    // memory goes with its last user
  }
}

/** An index in a file that does not change; takes `fd` over. */
export class FileIndexBytes implements IndexBytes {
  readonly #cache: PageCache;
  readonly #tables: FileRecords[] = [];
  #fd: number;
  #scan: Buffer | undefined;

  constructor(
    fd: number,
    readonly sizeBytes: number,
    cache: PageCache,
  ) {
    this.#fd = fd;
    this.#cache = cache;
  }

  read(offsetBytes: number, lengthBytes: number): Buffer {
    if (this.#fd < 0) throw closed();
    this.#scan ??= Buffer.allocUnsafeSlow(scanSizeBytesMax);
    readFully(this.#fd, this.#scan, 0, lengthBytes, offsetBytes);
    return this.#scan.subarray(0, lengthBytes);
  }

  /** Gives back the memory of {@link read}. */
  endScan(): void {
    this.#scan = undefined;
  }

  records(startBytes: number, count: number, recordSizeBytes: number): RecordTable {
    const table = new FileRecords(this.#cache, this.#fd, { startBytes, count, recordSizeBytes });
    this.#tables.push(table);
    return table;
  }

  close(): void {
    if (this.#fd < 0) return;
    for (const table of this.#tables) table.close();
    closeSync(this.#fd);
    this.#fd = -1;
  }
}

interface Layout {
  readonly startBytes: number;
  readonly count: number;
  readonly recordSizeBytes: number;
}

class FileRecords implements RecordTable {
  readonly #cache: PageCache;
  readonly #file: number;
  readonly #layout: Layout;
  readonly #recordsInPage: number;
  #fd: number;

  constructor(cache: PageCache, fd: number, layout: Layout) {
    this.#cache = cache;
    this.#fd = fd;
    this.#layout = layout;
    this.#file = cache.addFile();
    // Pages hold whole records, so that none is divided.
    this.#recordsInPage = Math.floor(pageSizeBytesMax / layout.recordSizeBytes);
  }

  get buffer(): Buffer {
    return this.#cache.memory;
  }

  seek(i: number): number {
    if (this.#fd < 0) throw closed();
    const { startBytes, count, recordSizeBytes } = this.#layout;
    const page = Math.floor(i / this.#recordsInPage);
    const first = page * this.#recordsInPage;
    const records = Math.min(this.#recordsInPage, count - first);
    const at = this.#cache.page(
      this.#file,
      page,
      this.#fd,
      startBytes + first * recordSizeBytes,
      records * recordSizeBytes,
    );
    return at + (i - first) * recordSizeBytes;
  }

  close(): void {
    this.#fd = -1;
    this.#cache.drop(this.#file);
  }
}

function closed(): DvceError {
  return new DvceError(
    "DVCE_VERSION_NOT_FOUND",
    "The version's index was dropped while it was in use: the pool does not know the version any more.",
  );
}
