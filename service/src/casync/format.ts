/**
 * `.caibx`, casync's index of a blob: what https://github.com/systemd/casync (src/caformat.h, caindex.c) writes and
 * reads. Little-endian.
 *
 *     offset    size  field
 *      0         8    48, the size of this first part
 *      8         8    type of the first part, 0x96824d9c7b129ff9
 *     16         8    feature flags; bit 61 says that digests are SHA-512/256, else they are SHA-256
 *     24         8    minimum, 32: average, 40: maximum size of a chunk in bytes
 *     48         8    2⁶⁴−1: the size of the table stands at its end
 *     56         8    type of the table, 0xe75b9e112f17417d
 *     64        40·N  chunks in the order of the blob: 8 offset of the chunk's end in the blob, 32 digest
 *     64 + 40·N  8    zero, 8 more: zero (where a chunk's end and part of its digest would stand)
 *     80 + 40·N  8    48, the offset of the table in the file
 *     88 + 40·N  8    56 + 40·N, the size of the table, this tail included
 *     96 + 40·N  8    type of the tail, 0x4b4f050e5549ecd1
 *
 * Every byte of the blob belongs to a chunk: zeros too, so a hole becomes chunks of zeros. Nothing in the file guards
 * its bytes; every chunk is checked against its digest when it is read.
 *
 * Written in one piece: a reader takes a torn file for one without its tail.
 */

export const headSizeBytes = 48;
export const tableHeadSizeBytes = 16;
export const itemSizeBytes = 40;
export const tailSizeBytes = 40;
export const itemsStart = headSizeBytes + tableHeadSizeBytes;

export const indexType = 0x96824d9c7b129ff9n;
export const tableType = 0xe75b9e112f17417dn;
export const tailType = 0x4b4f050e5549ecd1n;
export const sizeAtEnd = 0xffffffffffffffffn;

/** Digests are SHA-512/256: casync's default, which no chunk of ours can be named by. */
export const featureSha512256 = 0x2000000000000000n;
/** What casync and desync say of every blob: files marked "no dump" would have been left out of a directory. */
export const featureExcludeNoDump = 0x8000000000000000n;

/** Larger files are refused: 13 million chunks, 3 TiB of zeros or 800 GiB in chunks of 64 KiB. */
export const caibxSizeBytesMax = 512 * 1024 * 1024;
