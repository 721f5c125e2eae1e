import { createHash } from "node:crypto";
import { chunkSizeBytesMax, type ChunkingParameters } from "../chunking/parameters";
import { digestSizeBytes, type Digest } from "../digest/digest";
import { type ChunkNumbers, makeChunkNumbers, type NumbersPlace } from "./chunk-numbers";
import {
  chunkingAlgorithmBlockCrc32,
  chunkingAlgorithmFileEnds,
  chunkRecordSizeBytes,
  extentField,
  extentRecordSizeBytes,
  fieldOffset,
  headerSizeBytes,
  imageSizeBytesMax,
  indexFormatVersion,
  indexMagic,
  indexSizeBytesMax,
} from "./format";
import { type IndexBytes, type RecordTable, scanSizeBytesMax } from "./index-bytes";
import { invalid } from "./invalid";

/** An index that was checked, and what was learnt of it. */
export interface CheckedIndex {
  readonly bytes: IndexBytes;
  /** SHA-256 of all its bytes. */
  readonly version: Digest;
  readonly imageSizeBytes: number;
  /** Of the unique chunks. */
  readonly dataBytes: number;
  readonly chunkCount: number;
  readonly extentCount: number;
  readonly chunking: ChunkingParameters;
  readonly chunks: RecordTable;
  readonly extents: RecordTable;
  readonly numbers: ChunkNumbers;
}

/**
 * Checks every field of an encoded index against format.ts. Of an index in memory, it takes 11 bytes of memory a chunk; of one
 * in a file, at most some 20 MiB. Yields about every MiB, where the caller may do something else for a while.
 *
 * Throws `DVCE_INDEX_INVALID`.
 */
export function* checkIndex(
  bytes: IndexBytes,
  place: NumbersPlace,
): Generator<void, CheckedIndex, undefined> {
  const hash = createHash("sha256");
  const header = checkHeader(bytes);
  const { chunkCount, extentCount } = header;
  hash.update(bytes.read(0, headerSizeBytes));
  const extentsStart = headerSizeBytes + chunkCount * chunkRecordSizeBytes;
  const chunks = bytes.records(headerSizeBytes, chunkCount, chunkRecordSizeBytes);
  const extents = bytes.records(extentsStart, extentCount, extentRecordSizeBytes);

  let dataBytes = 0;
  let number = 0;
  for (const records of scan(bytes, headerSizeBytes, chunkCount, chunkRecordSizeBytes)) {
    hash.update(records);
    for (let at = 0; at < records.length; at += chunkRecordSizeBytes, number++) {
      const sizeBytes = records.readUInt32LE(at + digestSizeBytes);
      if (sizeBytes < 1 || sizeBytes > chunkSizeBytesMax)
        throw invalid(`chunk ${number} has ${sizeBytes} bytes; a chunk has 1 to ${chunkSizeBytesMax}`);
      dataBytes += sizeBytes;
    }
    yield;
  }
  const check = new ExtentCheck(header, chunks);
  for (const records of scan(bytes, extentsStart, extentCount, extentRecordSizeBytes)) {
    hash.update(records);
    check.add(records);
    yield;
  }
  check.finish();
  const rescan = () => scan(bytes, headerSizeBytes, chunkCount, chunkRecordSizeBytes);
  const numbers = yield* makeChunkNumbers(chunks, chunkCount, rescan, place);
  return { ...header, bytes, version: hash.digest("hex"), dataBytes, chunks, extents, numbers };
}

interface Header {
  readonly imageSizeBytes: number;
  readonly chunkCount: number;
  readonly extentCount: number;
  readonly chunking: ChunkingParameters;
}

function checkHeader(bytes: IndexBytes): Header {
  const { sizeBytes } = bytes;
  if (sizeBytes < headerSizeBytes) throw invalid(`it has ${sizeBytes} bytes, fewer than its header`);
  if (sizeBytes > indexSizeBytesMax)
    throw invalid(`it has ${sizeBytes} of at most ${indexSizeBytesMax} bytes`);
  const header = bytes.read(0, headerSizeBytes);
  if (!header.subarray(0, indexMagic.length).equals(indexMagic))
    throw invalid('it does not start with "DVCEINDX"');
  const formatVersion = header.readUInt16LE(fieldOffset.formatVersion);
  if (formatVersion !== indexFormatVersion)
    throw invalid(`it has format version ${formatVersion}; this DVCE reads version ${indexFormatVersion}`);
  const chunking = checkChunking(header);
  for (let at: number = fieldOffset.zero; at < headerSizeBytes; at++) {
    if (header[at] !== 0) throw invalid(`byte ${at} must be zero`);
  }
  const imageSize = header.readBigUInt64LE(fieldOffset.imageSize);
  if (imageSize > BigInt(imageSizeBytesMax)) throw invalid(`an image of ${imageSize} bytes is too large`);
  const chunkCount = header.readUInt32LE(fieldOffset.chunkCount);
  const extentCount = header.readUInt32LE(fieldOffset.extentCount);
  const expected = headerSizeBytes + chunkCount * chunkRecordSizeBytes + extentCount * extentRecordSizeBytes;
  if (sizeBytes !== expected)
    throw invalid(`${chunkCount} chunks and ${extentCount} extents take ${expected} bytes, not ${sizeBytes}`);
  return { imageSizeBytes: Number(imageSize), chunkCount, extentCount, chunking };
}

function checkChunking(header: Buffer): ChunkingParameters {
  const chunking: ChunkingParameters = {
    blockSizeBytes: header.readUInt32LE(fieldOffset.blockSize),
    chunkBlocksMin: header.readUInt32LE(fieldOffset.chunkBlocksMin),
    chunkBlocksMax: header.readUInt32LE(fieldOffset.chunkBlocksMax),
    cutThreshold: header.readUInt32LE(fieldOffset.cutThreshold),
    segmentSizeBytes: header.readUInt32LE(fieldOffset.segmentSize),
    fileBlocksMin: header.readUInt32LE(fieldOffset.fileBlocksMin),
  };
  const { blockSizeBytes, chunkBlocksMin, chunkBlocksMax, segmentSizeBytes, fileBlocksMin } = chunking;
  const algorithm = header.readUInt16LE(fieldOffset.algorithm);
  if (algorithm !== chunkingAlgorithmBlockCrc32 && algorithm !== chunkingAlgorithmFileEnds)
    throw invalid(`chunking algorithm ${algorithm} is not known`);
  if (
    blockSizeBytes < 512 ||
    blockSizeBytes > chunkSizeBytesMax ||
    (blockSizeBytes & (blockSizeBytes - 1)) !== 0
  )
    throw invalid(
      `a block of ${blockSizeBytes} bytes is not a power of two from 512 to ${chunkSizeBytesMax}`,
    );
  if (
    chunkBlocksMin < 1 ||
    chunkBlocksMin > chunkBlocksMax ||
    chunkBlocksMax * blockSizeBytes > chunkSizeBytesMax
  )
    throw invalid(
      `chunks of ${chunkBlocksMin} to ${chunkBlocksMax} blocks of ${blockSizeBytes} bytes are out of bounds`,
    );
  if (segmentSizeBytes < blockSizeBytes || segmentSizeBytes % blockSizeBytes !== 0)
    throw invalid(`a segment of ${segmentSizeBytes} bytes is no multiple of the block of ${blockSizeBytes}`);
  if (fileBlocksMin > chunkBlocksMax || fileBlocksMin > 0 !== (algorithm === chunkingAlgorithmFileEnds))
    throw invalid(`files of ${fileBlocksMin} blocks do not go with chunking algorithm ${algorithm}`);
  return chunking;
}

/** Whole records in pieces of at most a MiB; each holds until the next. */
function* scan(
  bytes: IndexBytes,
  startBytes: number,
  count: number,
  recordSizeBytes: number,
): Generator<Buffer, void, undefined> {
  const recordsInPiece = Math.floor(scanSizeBytesMax / recordSizeBytes);
  for (let i = 0; i < count; i += recordsInPiece) {
    const records = Math.min(recordsInPiece, count - i);
    yield bytes.read(startBytes + i * recordSizeBytes, records * recordSizeBytes);
  }
}

/** Checks extents, given in order. */
class ExtentCheck {
  readonly #header: Header;
  readonly #chunks: RecordTable;
  #count = 0;
  #chunksSeen = 0;
  #previousEnd = 0;

  constructor(header: Header, chunks: RecordTable) {
    this.#header = header;
    this.#chunks = chunks;
  }

  add(records: Buffer): void {
    const { imageSizeBytes, chunkCount } = this.#header;
    for (let at = 0; at < records.length; at += extentRecordSizeBytes) {
      const i = this.#count++;
      const start = readOffset(records, at + extentField.image);
      const chunk = records.readUInt32LE(at + extentField.chunk);
      const inChunk = records.readUInt32LE(at + extentField.inChunk);
      const length = records.readUInt32LE(at + extentField.length);
      if (start > imageSizeBytes) throw invalid(`extent ${i} starts past the end of the image`);
      if (start < this.#previousEnd) throw invalid(`extent ${i} overlaps or precedes the one before it`);
      if (length < 1 || start + length > imageSizeBytes)
        throw invalid(`extent ${i} of ${length} bytes leaves the image`);
      if (chunk > this.#chunksSeen || chunk >= chunkCount)
        throw invalid(`extent ${i} names chunk ${chunk} out of the order of first appearance`);
      if (chunk === this.#chunksSeen) this.#chunksSeen++;
      const chunkSize = this.#chunks.buffer.readUInt32LE(this.#chunks.seek(chunk) + digestSizeBytes);
      if (inChunk + length > chunkSize)
        throw invalid(`extent ${i} leaves chunk ${chunk} of ${chunkSize} bytes`);
      if (records.readUInt32LE(at + extentField.zero) !== 0)
        throw invalid(`extent ${i} ends in bytes that must be zero`);
      this.#previousEnd = start + length;
    }
  }

  finish(): void {
    if (this.#chunksSeen !== this.#header.chunkCount)
      throw invalid(`chunk ${this.#chunksSeen} is used by no extent`);
  }
}

/** An image offset. Rounded beyond 2⁵³, which is beyond every image. */
export function readOffset(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
