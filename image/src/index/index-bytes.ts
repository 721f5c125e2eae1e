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

interface OpenFile {
  /** -1 when it is closed. */
  fd: number;
}

/** Closes what was not closed by whoever opened it and forgot it. */
const forgotten = new FinalizationRegistry<OpenFile>((file) => {
  if (file.fd >= 0) closeSync(file.fd);
});

/** An index in a file that does not change; takes `fd` over. */
export class FileIndexBytes implements IndexBytes {
  readonly #cache: PageCache;
  readonly #tables: FileRecords[] = [];
  readonly #file: OpenFile;
  #scan: Buffer | undefined;

  constructor(
    fd: number,
    readonly sizeBytes: number,
    cache: PageCache,
  ) {
    this.#file = { fd };
    this.#cache = cache;
    forgotten.register(this, this.#file);
  }

  read(offsetBytes: number, lengthBytes: number): Buffer {
    if (this.#file.fd < 0) throw closed();
    this.#scan ??= Buffer.allocUnsafeSlow(scanSizeBytesMax);
    readFully(this.#file.fd, this.#scan, 0, lengthBytes, offsetBytes);
    return this.#scan.subarray(0, lengthBytes);
  }

  /** Gives back the memory of {@link read}. */
  endScan(): void {
    this.#scan = undefined;
  }

  records(startBytes: number, count: number, recordSizeBytes: number): RecordTable {
    const table = new FileRecords(this.#cache, this.#file, { startBytes, count, recordSizeBytes });
    this.#tables.push(table);
    return table;
  }

  close(): void {
    if (this.#file.fd < 0) return;
    closeSync(this.#file.fd);
    this.#file.fd = -1;
    for (const table of this.#tables) table.drop();
  }
}

interface Layout {
  readonly startBytes: number;
  readonly count: number;
  readonly recordSizeBytes: number;
}

class FileRecords implements RecordTable {
  readonly #cache: PageCache;
  readonly #file: OpenFile;
  readonly #pages: number;
  readonly #layout: Layout;
  readonly #recordsInPage: number;

  constructor(cache: PageCache, file: OpenFile, layout: Layout) {
    this.#cache = cache;
    this.#file = file;
    this.#layout = layout;
    this.#pages = cache.addFile();
    // Pages hold whole records, so that none is divided.
    this.#recordsInPage = Math.floor(pageSizeBytesMax / layout.recordSizeBytes);
  }

  get buffer(): Buffer {
    return this.#cache.memory;
  }

  seek(i: number): number {
    if (this.#file.fd < 0) throw closed();
    const { startBytes, count, recordSizeBytes } = this.#layout;
    const page = Math.floor(i / this.#recordsInPage);
    const first = page * this.#recordsInPage;
    const records = Math.min(this.#recordsInPage, count - first);
    const at = this.#cache.page(
      this.#pages,
      page,
      this.#file.fd,
      startBytes + first * recordSizeBytes,
      records * recordSizeBytes,
    );
    return at + (i - first) * recordSizeBytes;
  }

  drop(): void {
    this.#cache.drop(this.#pages);
  }
}

function closed(): DvceError {
  return new DvceError(
    "DVCE_VERSION_NOT_FOUND",
    "The version's index was dropped while it was in use: the pool does not know the version any more.",
  );
}
