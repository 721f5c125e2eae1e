/**
 * A chunk as it is stored and sent: compressed with zstd when that shrinks it, raw otherwise.
 *
 * Decoding trusts nothing: the declared size is checked before a byte is decompressed, decompression stops at
 * that size, and the digest of the result is checked before anyone sees it.
 */
import { constants, zstdCompress, zstdCompressSync, zstdDecompressSync, type ZstdOptions } from "node:zlib";
import { promisify } from "node:util";
import { DvceError } from "@dvce/api";
import { chunkSizeBytesMax } from "../chunking/parameters";
import { digestOf, type Digest } from "../digest/digest";

export type Codec = "raw" | "zstd";

export interface EncodedChunk {
  readonly digest: Digest;
  /** Size before compression. */
  readonly sizeBytes: number;
  readonly codec: Codec;
  readonly payload: Buffer;
}

export interface EncodeOptions {
  /** zstd level. Default 1. */
  readonly level?: number;
}

const compressAsync = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);

/** Compresses one chunk on the calling thread. `data` must hold 1 byte to {@link chunkSizeBytesMax}. */
export function encodeChunk(data: Buffer, options: EncodeOptions = {}): EncodedChunk {
  return choose(data, digestOf(data), zstdCompressSync(data, compressOptions(data, options)));
}

/**
 * Compresses one chunk on libuv's thread pool, so that several run at once while this thread hashes. `digest`
 * saves hashing again where the caller has it. `data` must not change until the promise settles.
 */
export async function encodeChunkAsync(
  data: Buffer,
  options: EncodeOptions & { readonly digest?: Digest } = {},
): Promise<EncodedChunk> {
  const compressed = compressAsync(data, compressOptions(data, options));
  const digest = options.digest ?? digestOf(data);
  return choose(data, digest, await compressed);
}

/**
 * The chunk's bytes, verified. Throws `DVCE_CHUNK_CORRUPT` when they are not what size and digest promise.
 * The answer may share memory with `chunk.payload`.
 */
export function decodeChunk(chunk: EncodedChunk): Buffer {
  const { sizeBytes, payload, digest } = chunk;
  if (!Number.isInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > chunkSizeBytesMax) {
    throw corrupt(digest, `it declares ${sizeBytes} bytes; a chunk has 1 to ${chunkSizeBytesMax}`);
  }
  const data = chunk.codec === "raw" ? payload : decompress(chunk);
  if (data.length !== sizeBytes) {
    throw corrupt(digest, `it declares ${sizeBytes} bytes and holds ${data.length}`);
  }
  const actual = digestOf(data);
  if (actual !== digest) throw corrupt(digest, `its bytes have the digest ${actual}`);
  return data;
}

function decompress(chunk: EncodedChunk): Buffer {
  try {
    return zstdDecompressSync(chunk.payload, {
      chunkSize: Math.max(64, chunk.sizeBytes),
      maxOutputLength: chunk.sizeBytes,
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw corrupt(chunk.digest, `it does not decompress to ${chunk.sizeBytes} bytes (${why})`, cause);
  }
}

function compressOptions(data: Buffer, options: EncodeOptions): ZstdOptions {
  if (data.length < 1 || data.length > chunkSizeBytesMax) {
    throw new RangeError(`a chunk has 1 to ${chunkSizeBytesMax} bytes, not ${data.length}`);
  }
  return {
    // One output buffer that the worst case fits into, instead of many that are joined afterwards.
    chunkSize: data.length + (data.length >> 8) + 128,
    params: { [constants.ZSTD_c_compressionLevel]: options.level ?? 1 },
  };
}

function choose(data: Buffer, digest: Digest, compressed: Buffer): EncodedChunk {
  const shrinks = compressed.length < data.length;
  return {
    digest,
    sizeBytes: data.length,
    codec: shrinks ? "zstd" : "raw",
    payload: shrinks ? compressed : data,
  };
}

function corrupt(digest: Digest, why: string, cause?: unknown): DvceError {
  return new DvceError(
    "DVCE_CHUNK_CORRUPT",
    `Chunk ${digest} is damaged: ${why}. Fetch it from another node.`,
    {
      cause,
    },
  );
}
