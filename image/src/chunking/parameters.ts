/**
 * Parameters of block-aligned content-defined chunking. They are recorded in every index, so that a version can
 * be cut again the same way, and so that a later default makes new versions rather than different old ones.
 */
export interface ChunkingParameters {
  /** Chunks start and end on multiples of this, except at the end of the image. A power of two. */
  readonly blockSizeBytes: number;
  /** A block ends its chunk only from this many blocks on. */
  readonly chunkBlocksMin: number;
  /** A chunk ends here whatever its blocks say. */
  readonly chunkBlocksMax: number;
  /** A block ends its chunk when its CRC-32 is below this. */
  readonly cutThreshold: number;
  /** A chunk never crosses a multiple of this image offset, so segments can be cut independently. */
  readonly segmentSizeBytes: number;
}

/**
 * 16 KiB to 256 KiB, 64 KiB on average. A cut may fall from block 4 on, so blocks 1 to 3 are certain and the
 * rest is geometric: 3 + 1/p = 16 gives p = 1/13.
 */
export const defaultChunking: ChunkingParameters = {
  blockSizeBytes: 4096,
  chunkBlocksMin: 4,
  chunkBlocksMax: 64,
  cutThreshold: Math.floor(2 ** 32 / 13),
  segmentSizeBytes: 16 * 1024 * 1024,
};

/** No chunk, whatever made it, is larger than this before compression. Every reader refuses more. */
export const chunkSizeBytesMax = 256 * 1024;
