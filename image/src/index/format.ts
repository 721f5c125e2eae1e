/**
 * The index of a version: which bytes of which chunk stand where in the image. Little-endian, fixed records.
 *
 *     offset size  field
 *      0     8     magic "DVCEINDX"
 *      8     2     format version, 1
 *     10     2     chunking algorithm (chunking/cut.ts): block-aligned and content-defined, 1 by CRC-32 alone,
 *                  2 also by where files end
 *     12     4     block size in bytes
 *     16     4     minimum of blocks in a chunk
 *     20     4     maximum of blocks in a chunk
 *     24     4     cut threshold
 *     28     4     segment size in bytes
 *     32     8     image size in bytes
 *     40     4     number of unique chunks, C
 *     44     4     number of extents, E
 *     48     4     files from so many blocks on have chunks of their own; 0 for algorithm 1
 *     52    12     zero
 *     64    36·C   chunks, in the order of their first extent: 32 SHA-256, 4 size in bytes
 *           24·E   extents, by image offset: 8 image offset, 4 chunk number, 4 offset in the chunk,
 *                  4 length, 4 zero
 *
 * What no extent covers is a hole and reads as zeros. Extents do not overlap, and each lies inside its chunk and
 * inside the image. Chunks are unique, and numbered in the order in which extents first name them, so an image
 * cut the same way always gives the same bytes. SHA-256 of all of them is the version's digest.
 *
 * Records have a fixed size so that a lookup is a binary search in the bytes as they came: no parsing, 60 bytes a
 * chunk in memory, or a few pages of them read from a file (index-bytes.ts).
 *
 * An index is written in one piece and named by its digest: a torn one fails its length or digest check.
 */
export const indexMagic = Buffer.from("DVCEINDX", "latin1");
export const indexFormatVersion = 1;
export const chunkingAlgorithmBlockCrc32 = 1;
export const chunkingAlgorithmFileEnds = 2;

export const headerSizeBytes = 64;
export const chunkRecordSizeBytes = 36;
export const extentRecordSizeBytes = 24;

export const fieldOffset = {
  formatVersion: 8,
  algorithm: 10,
  blockSize: 12,
  chunkBlocksMin: 16,
  chunkBlocksMax: 20,
  cutThreshold: 24,
  segmentSize: 28,
  imageSize: 32,
  chunkCount: 40,
  extentCount: 44,
  fileBlocksMin: 48,
  zero: 52,
} as const;

/** Offsets inside an extent record. */
export const extentField = { image: 0, chunk: 8, inChunk: 12, length: 16, zero: 20 } as const;

/** Larger indexes are refused: 143 million chunks, some 4.7 TB of image data without holes. */
export const indexSizeBytesMax = 8 * 2 ** 30;

/**
 * Larger indexes are not sent: controller and agents take a message into memory, and the controller's database keeps it in one
 * piece. 8.9 million chunks, some 290 GB of image data without holes.
 */
export const indexMessageSizeBytesMax = 512 * 2 ** 20;

/** Larger images are refused. */
export const imageSizeBytesMax = 64 * 2 ** 40;
