import { defaultChunking, type ChunkingParameters } from "../chunking/parameters";
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
  indexFormatVersion,
  indexMagic,
} from "./format";
import { ImageIndex } from "./image-index";

/** Collects extents in image order and encodes them; see format.ts. Equal chunks are kept once. */
export class IndexBuilder {
  readonly #sizeBytes: number;
  readonly #chunking: ChunkingParameters;
  readonly #table = new DigestTable();
  readonly #chunkSizes: number[] = [];
  #extents = Buffer.alloc(1024 * extentRecordSizeBytes);
  #extentCount = 0;

  constructor(imageSizeBytes: number, chunking: ChunkingParameters = defaultChunking) {
    this.#sizeBytes = imageSizeBytes;
    this.#chunking = chunking;
  }

  /**
   * Adds the extent that follows the last one. `digest` is 32 bytes; `chunkSizeBytes` the whole chunk's size.
   * Returns whether the chunk is new to this index.
   */
  add(
    digest: Buffer,
    chunkSizeBytes: number,
    extent: { readonly offsetBytes: number; readonly offsetInChunk: number; readonly lengthBytes: number },
  ): boolean {
    const { entry, added } = this.#table.add(digest);
    if (added) this.#chunkSizes.push(chunkSizeBytes);
    const at = this.#extentCount * extentRecordSizeBytes;
    if (at === this.#extents.length) this.#extents = Buffer.concat([this.#extents, Buffer.alloc(at)]);
    this.#extents.writeBigUInt64LE(BigInt(extent.offsetBytes), at + extentField.image);
    this.#extents.writeUInt32LE(entry, at + extentField.chunk);
    this.#extents.writeUInt32LE(extent.offsetInChunk, at + extentField.inChunk);
    this.#extents.writeUInt32LE(extent.lengthBytes, at + extentField.length);
    this.#extentCount++;
    return added;
  }

  /** Throws `DVCE_INDEX_INVALID` when what was added breaks a rule of the format, above all its bounds. */
  build(): ImageIndex {
    const chunkCount = this.#table.size;
    const extentsStart = headerSizeBytes + chunkCount * chunkRecordSizeBytes;
    const bytes = Buffer.alloc(extentsStart + this.#extentCount * extentRecordSizeBytes);
    indexMagic.copy(bytes);
    bytes.writeUInt16LE(indexFormatVersion, fieldOffset.formatVersion);
    const { fileBlocksMin } = this.#chunking;
    bytes.writeUInt16LE(
      fileBlocksMin === 0 ? chunkingAlgorithmBlockCrc32 : chunkingAlgorithmFileEnds,
      fieldOffset.algorithm,
    );
    bytes.writeUInt32LE(fileBlocksMin, fieldOffset.fileBlocksMin);
    bytes.writeUInt32LE(this.#chunking.blockSizeBytes, fieldOffset.blockSize);
    bytes.writeUInt32LE(this.#chunking.chunkBlocksMin, fieldOffset.chunkBlocksMin);
    bytes.writeUInt32LE(this.#chunking.chunkBlocksMax, fieldOffset.chunkBlocksMax);
    bytes.writeUInt32LE(this.#chunking.cutThreshold, fieldOffset.cutThreshold);
    bytes.writeUInt32LE(this.#chunking.segmentSizeBytes, fieldOffset.segmentSize);
    bytes.writeBigUInt64LE(BigInt(this.#sizeBytes), fieldOffset.imageSize);
    bytes.writeUInt32LE(chunkCount, fieldOffset.chunkCount);
    bytes.writeUInt32LE(this.#extentCount, fieldOffset.extentCount);
    for (let i = 0; i < chunkCount; i++) {
      const at = headerSizeBytes + i * chunkRecordSizeBytes;
      this.#table.digestAt(i).copy(bytes, at);
      bytes.writeUInt32LE(this.#chunkSizes[i] ?? 0, at + digestSizeBytes);
    }
    this.#extents.copy(bytes, extentsStart, 0, this.#extentCount * extentRecordSizeBytes);
    return ImageIndex.decode(bytes);
  }
}
