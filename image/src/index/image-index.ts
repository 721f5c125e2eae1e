import type { ChunkingParameters } from "../chunking/parameters";
import { digestOf, digestSizeBytes, type Digest } from "../digest/digest";
import {
  chunkRecordSizeBytes,
  extentField,
  extentRecordSizeBytes,
  fieldOffset,
  headerSizeBytes,
} from "./format";
import { validateIndex } from "./validate";

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

/** A version's index: an immutable view of its encoded bytes; see format.ts for their layout. */
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
  readonly #bytes: Buffer;
  readonly #extentsStart: number;
  #chunks: readonly IndexChunk[] | undefined;

  private constructor(bytes: Buffer, dataBytes: number) {
    this.#bytes = bytes;
    this.version = digestOf(bytes);
    this.dataBytes = dataBytes;
    this.sizeBytes = Number(bytes.readBigUInt64LE(fieldOffset.imageSize));
    this.chunkCount = bytes.readUInt32LE(fieldOffset.chunkCount);
    this.extentCount = bytes.readUInt32LE(fieldOffset.extentCount);
    this.chunking = {
      blockSizeBytes: bytes.readUInt32LE(fieldOffset.blockSize),
      chunkBlocksMin: bytes.readUInt32LE(fieldOffset.chunkBlocksMin),
      chunkBlocksMax: bytes.readUInt32LE(fieldOffset.chunkBlocksMax),
      cutThreshold: bytes.readUInt32LE(fieldOffset.cutThreshold),
      segmentSizeBytes: bytes.readUInt32LE(fieldOffset.segmentSize),
      fileBlocksMin: bytes.readUInt32LE(fieldOffset.fileBlocksMin),
    };
    this.#extentsStart = headerSizeBytes + this.chunkCount * chunkRecordSizeBytes;
  }

  /**
   * Reads an index after checking every field of it. `bytes` must not change afterwards.
   * Throws `DVCE_INDEX_INVALID`.
   */
  static decode(bytes: Buffer): ImageIndex {
    return new ImageIndex(bytes, validateIndex(bytes));
  }

  /** The bytes that {@link version} names; not a copy. */
  encode(): Buffer {
    return this.#bytes;
  }

  /** Unique chunks in the order of their first appearance: bit i of every bitmap is chunk i. */
  get chunks(): readonly IndexChunk[] {
    this.#chunks ??= Array.from({ length: this.chunkCount }, (_, i) => ({
      digest: this.chunkDigest(i),
      sizeBytes: this.chunkSizeBytes(i),
    }));
    return this.#chunks;
  }

  chunkDigest(i: number): Digest {
    const at = this.#chunkAt(i);
    return this.#bytes.toString("hex", at, at + digestSizeBytes);
  }

  /** Size of chunk i before compression. */
  chunkSizeBytes(i: number): number {
    return this.#bytes.readUInt32LE(this.#chunkAt(i) + digestSizeBytes);
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

  /** Extent i of {@link extentCount}, by image offset; never a hole. */
  extentAt(i: number): IndexExtent {
    const at = this.#extentsStart + i * extentRecordSizeBytes;
    return {
      chunk: this.#bytes.readUInt32LE(at + extentField.chunk),
      offsetInChunk: this.#bytes.readUInt32LE(at + extentField.inChunk),
      offsetBytes: this.#extentOffset(i),
      lengthBytes: this.#bytes.readUInt32LE(at + extentField.length),
    };
  }

  #extentOffset(i: number): number {
    const at = this.#extentsStart + i * extentRecordSizeBytes;
    return this.#bytes.readUInt32LE(at) + this.#bytes.readUInt32LE(at + 4) * 2 ** 32;
  }

  #firstExtentEndingAfter(offsetBytes: number): number {
    let low = 0;
    let high = this.extentCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const length = this.#bytes.readUInt32LE(
        this.#extentsStart + middle * extentRecordSizeBytes + extentField.length,
      );
      if (this.#extentOffset(middle) + length > offsetBytes) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #chunkAt(i: number): number {
    if (!Number.isInteger(i) || i < 0 || i >= this.chunkCount) {
      throw new RangeError(`chunk ${i} of an index of ${this.chunkCount} chunks`);
    }
    return headerSizeBytes + i * chunkRecordSizeBytes;
  }
}

function hole(start: number, end: number): IndexExtent {
  return { chunk: -1, offsetInChunk: 0, offsetBytes: start, lengthBytes: end - start };
}
