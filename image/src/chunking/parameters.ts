/**
 * Parameters of block-aligned content-defined chunking. They are recorded in every index, so that a version can
 * be cut again the same way, and so that a later default makes new versions rather than different old ones.
 */
export interface ChunkingParameters {
  /** Chunks start and end on multiples of this, except at the end of the image. A power of two. */
  readonly blockSizeBytes: number;
  /** A block ends its chunk by its CRC-32 only from this many blocks on. */
  readonly chunkBlocksMin: number;
  /** A chunk ends here whatever its blocks say. */
  readonly chunkBlocksMax: number;
  /** A block ends its chunk when its CRC-32 is below this. */
  readonly cutThreshold: number;
  /** A chunk never crosses a multiple of this image offset, so segments can be cut independently. */
  readonly segmentSizeBytes: number;
  /**
   * Files of at least this many blocks get chunks of their own, smaller ones are put together up to this many; see
   * cut.ts for how a file's end is told. 0: chunks do not heed files, which is chunking algorithm 1.
   */
  readonly fileBlocksMin: number;
}

/**
 * Chosen by the `dedup` benchmark (docs/adr/0013-chunks-end-where-files-end.md): five Debian images stored together take
 * 0.95 of what casync takes at the same zstd level. Chunks have up to 256 KiB, 32 KiB on average of those images. Inside
 * a large file a cut may fall from block 8 on: blocks 1 to 7 are certain and the rest is geometric, 7 + 24 blocks.
 */
export const defaultChunking: ChunkingParameters = {
  blockSizeBytes: 4096,
  chunkBlocksMin: 8,
  chunkBlocksMax: 64,
  cutThreshold: Math.floor(2 ** 32 / 24),
  segmentSizeBytes: 16 * 1024 * 1024,
  fileBlocksMin: 3,
};

/** No chunk, whatever made it, is larger than this before compression. Every reader refuses more. */
export const chunkSizeBytesMax = 256 * 1024;
