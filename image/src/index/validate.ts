import { DvceError } from "@dvce/api";
import { chunkSizeBytesMax } from "../chunking/parameters";
import { digestSizeBytes } from "../digest/digest";
import { DigestTable } from "../digest/digest-table";
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

/**
 * Checks every field of an encoded index against format.ts. Returns the bytes of its unique chunks.
 * Takes memory in proportion to `bytes.length` at most. Throws `DVCE_INDEX_INVALID`.
 */
export function validateIndex(bytes: Buffer): number {
  const { chunkCount, extentCount, imageSizeBytes } = validateHeader(bytes);
  const dataBytes = validateChunks(bytes, chunkCount);
  validateExtents(bytes, chunkCount, extentCount, imageSizeBytes);
  return dataBytes;
}

function validateHeader(bytes: Buffer) {
  if (bytes.length < headerSizeBytes) throw invalid(`it has ${bytes.length} bytes, fewer than its header`);
  if (bytes.length > indexSizeBytesMax)
    throw invalid(`it has ${bytes.length} of at most ${indexSizeBytesMax} bytes`);
  if (!bytes.subarray(0, indexMagic.length).equals(indexMagic))
    throw invalid('it does not start with "DVCEINDX"');
  const formatVersion = bytes.readUInt16LE(fieldOffset.formatVersion);
  if (formatVersion !== indexFormatVersion) {
    throw invalid(`it has format version ${formatVersion}; this DVCE reads version ${indexFormatVersion}`);
  }
  validateChunking(bytes);
  for (let at: number = fieldOffset.zero; at < headerSizeBytes; at++) {
    if (bytes[at] !== 0) throw invalid(`byte ${at} must be zero`);
  }
  const imageSize = bytes.readBigUInt64LE(fieldOffset.imageSize);
  if (imageSize > BigInt(imageSizeBytesMax)) throw invalid(`an image of ${imageSize} bytes is too large`);
  const chunkCount = bytes.readUInt32LE(fieldOffset.chunkCount);
  const extentCount = bytes.readUInt32LE(fieldOffset.extentCount);
  const expected = headerSizeBytes + chunkCount * chunkRecordSizeBytes + extentCount * extentRecordSizeBytes;
  if (bytes.length !== expected) {
    throw invalid(
      `${chunkCount} chunks and ${extentCount} extents take ${expected} bytes, not ${bytes.length}`,
    );
  }
  return { chunkCount, extentCount, imageSizeBytes: Number(imageSize) };
}

function validateChunking(bytes: Buffer): void {
  const blockSize = bytes.readUInt32LE(fieldOffset.blockSize);
  const blocksMin = bytes.readUInt32LE(fieldOffset.chunkBlocksMin);
  const blocksMax = bytes.readUInt32LE(fieldOffset.chunkBlocksMax);
  const segmentSize = bytes.readUInt32LE(fieldOffset.segmentSize);
  const fileBlocksMin = bytes.readUInt32LE(fieldOffset.fileBlocksMin);
  const algorithm = bytes.readUInt16LE(fieldOffset.algorithm);
  if (algorithm !== chunkingAlgorithmBlockCrc32 && algorithm !== chunkingAlgorithmFileEnds)
    throw invalid(`chunking algorithm ${algorithm} is not known`);
  if (blockSize < 512 || blockSize > chunkSizeBytesMax || (blockSize & (blockSize - 1)) !== 0) {
    throw invalid(`a block of ${blockSize} bytes is not a power of two from 512 to ${chunkSizeBytesMax}`);
  }
  if (blocksMin < 1 || blocksMin > blocksMax || blocksMax * blockSize > chunkSizeBytesMax) {
    throw invalid(`chunks of ${blocksMin} to ${blocksMax} blocks of ${blockSize} bytes are out of bounds`);
  }
  if (segmentSize < blockSize || segmentSize % blockSize !== 0) {
    throw invalid(`a segment of ${segmentSize} bytes is no multiple of the block of ${blockSize}`);
  }
  if (fileBlocksMin > blocksMax || fileBlocksMin > 0 !== (algorithm === chunkingAlgorithmFileEnds)) {
    throw invalid(`files of ${fileBlocksMin} blocks do not go with chunking algorithm ${algorithm}`);
  }
}

function validateChunks(bytes: Buffer, chunkCount: number): number {
  const table = new DigestTable(chunkCount);
  let dataBytes = 0;
  for (let i = 0; i < chunkCount; i++) {
    const at = headerSizeBytes + i * chunkRecordSizeBytes;
    const sizeBytes = bytes.readUInt32LE(at + digestSizeBytes);
    if (sizeBytes < 1 || sizeBytes > chunkSizeBytesMax) {
      throw invalid(`chunk ${i} has ${sizeBytes} bytes; a chunk has 1 to ${chunkSizeBytesMax}`);
    }
    if (!table.add(bytes, at).added) throw invalid(`chunk ${i} stands there twice`);
    dataBytes += sizeBytes;
  }
  return dataBytes;
}

function validateExtents(
  bytes: Buffer,
  chunkCount: number,
  extentCount: number,
  imageSizeBytes: number,
): void {
  let chunksSeen = 0;
  let previousEnd = 0;
  for (let i = 0; i < extentCount; i++) {
    const at = headerSizeBytes + chunkCount * chunkRecordSizeBytes + i * extentRecordSizeBytes;
    const offset = bytes.readBigUInt64LE(at + extentField.image);
    const chunk = bytes.readUInt32LE(at + extentField.chunk);
    const inChunk = bytes.readUInt32LE(at + extentField.inChunk);
    const length = bytes.readUInt32LE(at + extentField.length);
    if (offset > BigInt(imageSizeBytes)) throw invalid(`extent ${i} starts past the end of the image`);
    const start = Number(offset);
    if (start < previousEnd) throw invalid(`extent ${i} overlaps or precedes the one before it`);
    if (length < 1 || start + length > imageSizeBytes)
      throw invalid(`extent ${i} of ${length} bytes leaves the image`);
    if (chunk > chunksSeen || chunk >= chunkCount) {
      throw invalid(`extent ${i} names chunk ${chunk} out of the order of first appearance`);
    }
    if (chunk === chunksSeen) chunksSeen++;
    const chunkSize = bytes.readUInt32LE(headerSizeBytes + chunk * chunkRecordSizeBytes + digestSizeBytes);
    if (inChunk + length > chunkSize)
      throw invalid(`extent ${i} leaves chunk ${chunk} of ${chunkSize} bytes`);
    if (bytes.readUInt32LE(at + extentField.zero) !== 0)
      throw invalid(`extent ${i} ends in bytes that must be zero`);
    previousEnd = start + length;
  }
  if (chunksSeen !== chunkCount) throw invalid(`chunk ${chunksSeen} is used by no extent`);
}

function invalid(why: string): DvceError {
  return new DvceError(
    "DVCE_INDEX_INVALID",
    `This is not a valid image index: ${why}. Make it again from the image with "dvce image push".`,
  );
}
