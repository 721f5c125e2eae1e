/**
 * A batch of chunks on the wire: what a push sends and what peers answer. Little-endian.
 *
 *     8     magic "DVCEBAT1"
 *     then for each chunk:
 *       1   codec: 1 raw, 2 zstd
 *       3   zero
 *       4   size before compression, 1 to 262144
 *       4   payload size: that size for raw, 1 to one less than it for zstd
 *      32   SHA-256 of the chunk before compression
 *       …   payload
 *     at the end:
 *       1   0
 *       3   zero
 *       4   number of chunks
 *
 * The count stands last so that a server can stream chunks as it finds them; a stream that was cut off lacks it
 * and is refused. A reader needs one chunk of memory. Digests are checked by whoever decodes the chunks.
 */
export const batchMagic = Buffer.from("DVCEBAT1", "latin1");
export const recordHeaderSizeBytes = 44;
export const endSizeBytes = 8;
export const codecEnd = 0;
export const codecRaw = 1;
export const codecZstd = 2;

/** More chunks in one batch are refused. */
export const batchChunkCountMax = 4096;
/** A batch with more bytes is refused. */
export const batchSizeBytesMax = 64 * 1024 * 1024;
