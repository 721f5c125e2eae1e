import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, openSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { ChunkingParameters } from "../chunking/parameters";
import { digestSizeBytes, type Digest } from "../digest/digest";
import type { ChunkNumbers } from "./chunk-numbers";
import { extentField } from "./format";
import {
  FileIndexBytes,
  type IndexBytes,
  MemoryIndexBytes,
  type RecordTable,
  scanSizeBytesMax,
} from "./index-bytes";
import { type PageCache, sharedPageCache } from "./page-cache";
import { type CheckedIndex, checkIndex, readOffset } from "./validate";

export interface IndexChunk {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** A piece of an image: `lengthBytes` from `offsetInChunk` of a chunk, or a hole. */
export interface IndexExtent {
  /** Number of the chunk in {@link ImageIndex.chunks}, or -1 for a hole. */
  readonly chunk: number;
  /** 0 for a hole. */
  readonly offsetInChunk: number;
  /** Offset in the image. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** A piece of an image that is all data or all hole. */
export interface ImageStretch {
  /** Offset in the image. */
  readonly offsetBytes: number;
  readonly lengthBytes: number;
  readonly hole: boolean;
}

export interface OpenIndexOptions {
  /** Default one for all indexes of this thread. */
  readonly cache?: PageCache;
  readonly signal?: AbortSignal;
}

/**
 * A version's index: an immutable view of its encoded bytes, in memory or in a file; see format.ts for their layout. All reads
 * are synchronous. Of an index in a file only the pages that were read last are in memory, at most 24 MiB for all such indexes
 * of a thread, whatever their size.
 */
export class ImageIndex {
  /** SHA-256 of {@link encode}. */
  readonly version: Digest;
  /** Size of the disk that a guest sees. */
  readonly sizeBytes: number;
  /** Bytes of the unique chunks, before compression. */
  readonly dataBytes: number;
  readonly chunkCount: number;
  readonly extentCount: number;
  readonly chunking: ChunkingParameters;
  readonly #bytes: IndexBytes;
  readonly #chunkRecords: RecordTable;
  readonly #extentRecords: RecordTable;
  readonly #numbers: ChunkNumbers;
  #chunks: readonly IndexChunk[] | undefined;

  private constructor(checked: CheckedIndex) {
    this.version = checked.version;
    this.sizeBytes = checked.imageSizeBytes;
    this.dataBytes = checked.dataBytes;
    this.chunkCount = checked.chunkCount;
    this.extentCount = checked.extentCount;
    this.chunking = checked.chunking;
    this.#bytes = checked.bytes;
    this.#chunkRecords = checked.chunks;
    this.#extentRecords = checked.extents;
    this.#numbers = checked.numbers;
  }

  /**
   * Reads an index after checking every field of it. `bytes` must not change afterwards.
   * Throws `DVCE_INDEX_INVALID`.
   */
  static decode(bytes: Buffer): ImageIndex {
    const check = checkIndex(new MemoryIndexBytes(bytes), undefined);
    for (;;) {
      const step = check.next();
      if (step.done === true) return new ImageIndex(step.value);
    }
  }

  /**
   * Opens the index in the file at `path`, which must not change afterwards, after checking every field of it. The folder must be
   * writable: a nameless file is made there, of 11 bytes a chunk. Close the index when it is not needed any more.
   *
   * Throws `DVCE_INDEX_INVALID`, the signal's reason, and what the file system says.
   */
  static async open(path: string, options: OpenIndexOptions = {}): Promise<ImageIndex> {
    const cache = options.cache ?? sharedPageCache();
    const fd = openSync(path, "r");
    let bytes: FileIndexBytes | undefined;
    let numbersFd = -1;
    try {
      bytes = new FileIndexBytes(fd, fstatSync(fd).size, cache);
      numbersFd = openNameless(dirname(path));
      const check = checkIndex(bytes, { fd: numbersFd, cache });
      for (;;) {
        const step = check.next();
        if (step.done === true) {
          bytes.endScan();
          return new ImageIndex(step.value);
        }
        await nextTurn();
        options.signal?.throwIfAborted();
      }
    } catch (error) {
      if (bytes === undefined) closeSync(fd);
      else bytes.close();
      if (numbersFd >= 0) closeSync(numbersFd);
      throw error;
    }
  }

  /** Ends an index that was opened; to read it afterwards throws `DVCE_VERSION_NOT_FOUND`. Idempotent. */
  close(): void {
    this.#bytes.close();
    this.#numbers.close();
  }

  /** The bytes that {@link version} names: all of them in memory, and not a copy where they lie there already. */
  encode(): Buffer {
    if (this.#bytes instanceof MemoryIndexBytes) return this.#bytes.bytes;
    const whole = Buffer.allocUnsafeSlow(this.#bytes.sizeBytes);
    let at = 0;
    for (const piece of this.pieces()) at += piece.copy(whole, at);
    return whole;
  }

  /** What {@link encode} answers, in pieces; each holds until the next. */
  *pieces(): Generator<Buffer, void, undefined> {
    const { sizeBytes } = this.#bytes;
    for (let at = 0; at < sizeBytes; at += scanSizeBytesMax) {
      yield this.#bytes.read(at, Math.min(scanSizeBytesMax, sizeBytes - at));
    }
  }

  /** Size of {@link encode}. */
  get encodedSizeBytes(): number {
    return this.#bytes.sizeBytes;
  }

  /**
   * Unique chunks in the order of their first appearance: bit i of every bitmap is chunk i. All of them at once, for small
   * indexes; others are read one by one.
   */
  get chunks(): readonly IndexChunk[] {
    this.#chunks ??= Array.from({ length: this.chunkCount }, (_, i) => ({
      digest: this.chunkDigest(i),
      sizeBytes: this.chunkSizeBytes(i),
    }));
    return this.#chunks;
  }

  chunkDigest(i: number): Digest {
    const at = this.#chunkAt(i);
    return this.#chunkRecords.buffer.toString("hex", at, at + digestSizeBytes);
  }

  /** The number of the chunk whose digest, 32 bytes, stands at `source[offset]`, or -1 when the version does not have it. */
  chunkNumber(source: Buffer, offset = 0): number {
    return this.#numbers.find(source, offset);
  }

  /** Size of chunk i before compression. */
  chunkSizeBytes(i: number): number {
    const at = this.#chunkAt(i);
    return this.#chunkRecords.buffer.readUInt32LE(at + digestSizeBytes);
  }

  /**
   * The extents and holes that make up `[offsetBytes, offsetBytes + lengthBytes)`, in order, cut to that range
   * and covering it exactly. The first is found in O(log n). Throws `RangeError` outside the image.
   */
  *extents(offsetBytes: number, lengthBytes: number): Generator<IndexExtent, void, undefined> {
    const end = offsetBytes + lengthBytes;
    if (!(offsetBytes >= 0 && lengthBytes >= 0 && end <= this.sizeBytes)) {
      throw new RangeError(`${lengthBytes} bytes from ${offsetBytes} of an image of ${this.sizeBytes} bytes`);
    }
    let at = offsetBytes;
    for (let i = this.#firstExtentEndingAfter(offsetBytes); at < end && i < this.extentCount; i++) {
      const extent = this.extentAt(i);
      if (extent.offsetBytes >= end) break;
      if (extent.offsetBytes > at) {
        yield hole(at, extent.offsetBytes);
        at = extent.offsetBytes;
      }
      const skipped = at - extent.offsetBytes;
      const stop = Math.min(end, extent.offsetBytes + extent.lengthBytes);
      yield {
        chunk: extent.chunk,
        offsetInChunk: extent.offsetInChunk + skipped,
        offsetBytes: at,
        lengthBytes: stop - at,
      };
      at = stop;
    }
    if (at < end) yield hole(at, end);
  }

  /**
   * Data and holes in `[offsetBytes, offsetBytes + lengthBytes)`, which lies in the image, each as long as it goes on there:
   * {@link extents} for those who do not ask for chunks, at a fraction of the time.
   */
  *stretches(offsetBytes: number, lengthBytes: number): Generator<ImageStretch, void, undefined> {
    const end = offsetBytes + lengthBytes;
    let at = offsetBytes;
    for (let i = this.#firstExtentEndingAfter(offsetBytes); at < end;) {
      const start = at;
      const hole = i >= this.extentCount || this.#extentStart(i) > at;
      if (hole) at = i < this.extentCount ? this.#extentStart(i) : end;
      else
        for (; at < end && i < this.extentCount && this.#extentStart(i) <= at; i++) at = this.#extentEnd(i);
      at = Math.min(at, end);
      yield { offsetBytes: start, lengthBytes: at - start, hole };
    }
  }

  /** Numbers of the extents that lie, at least in part, in a range of the image: `first` to before `end`. */
  extentRange(offsetBytes: number, lengthBytes: number): { readonly first: number; readonly end: number } {
    const first = this.#firstExtentEndingAfter(offsetBytes);
    let end = first;
    while (end < this.extentCount && this.#extentStart(end) < offsetBytes + lengthBytes) end++;
    return { first, end };
  }

  /** Extent i of {@link extentCount}, by image offset; never a hole. */
  extentAt(i: number): IndexExtent {
    if (!Number.isInteger(i) || i < 0 || i >= this.extentCount)
      throw new RangeError(`extent ${i} of an index of ${this.extentCount} extents`);
    const at = this.#extentRecords.seek(i);
    const { buffer } = this.#extentRecords;
    return {
      chunk: buffer.readUInt32LE(at + extentField.chunk),
      offsetInChunk: buffer.readUInt32LE(at + extentField.inChunk),
      offsetBytes: readOffset(buffer, at + extentField.image),
      lengthBytes: buffer.readUInt32LE(at + extentField.length),
    };
  }

  #firstExtentEndingAfter(offsetBytes: number): number {
    let low = 0;
    let high = this.extentCount;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#extentEnd(middle) > offsetBytes) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #extentStart(i: number): number {
    const at = this.#extentRecords.seek(i);
    return readOffset(this.#extentRecords.buffer, at + extentField.image);
  }

  #extentEnd(i: number): number {
    const at = this.#extentRecords.seek(i);
    const { buffer } = this.#extentRecords;
    return readOffset(buffer, at + extentField.image) + buffer.readUInt32LE(at + extentField.length);
  }

  #chunkAt(i: number): number {
    if (!Number.isInteger(i) || i < 0 || i >= this.chunkCount) {
      throw new RangeError(`chunk ${i} of an index of ${this.chunkCount} chunks`);
    }
    return this.#chunkRecords.seek(i);
  }
}

function hole(start: number, end: number): IndexExtent {
  return { chunk: -1, offsetInChunk: 0, offsetBytes: start, lengthBytes: end - start };
}

/** A file without a name in `directory`, for reading and writing: it goes with its descriptor. */
function openNameless(directory: string): number {
  const path = join(directory, `.tmp-index-${randomUUID()}`);
  const fd = openSync(path, "wx+", 0o600);
  unlinkSync(path);
  return fd;
}
