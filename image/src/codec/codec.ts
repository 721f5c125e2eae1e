/**
 * A chunk as it is stored and sent: compressed with zstd when that shrinks it, raw otherwise.
 *
 * Decoding trusts nothing: the declared size is checked before a byte is decompressed, decompression stops at
 * that size, and the digest of the result is checked before anyone sees it.
 */
import {
  constants,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
  type ZstdOptions,
} from "node:zlib";
import { promisify } from "node:util";
import { DvceError, isDvceError } from "@dvce/api";
import { chunkSizeBytesMax } from "../chunking/parameters";
import { digestOf, type Digest } from "../digest/digest";
import { compressInto, decompressInto, forgetDecompressor } from "./zstd-context";

const defaultLevel = 1;
let scratch: Buffer | undefined;
let verifyScratch: Buffer | undefined;

export type Codec = "raw" | "zstd";

export interface EncodedChunk {
  readonly digest: Digest;
  /** Size before compression. */
  readonly sizeBytes: number;
  readonly codec: Codec;
  readonly payload: Buffer;
  /** CRC-32 of the payload where its maker knows it, which spares a store to compute it. */
  readonly payloadCrc32?: number;
}

export interface EncodeOptions {
  /** zstd level. Default 1. */
  readonly level?: number;
}

const compressAsync = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);
const decompressAsync = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/** Bytes that a target of {@link compressChunk} must have: zstd's worst case for the largest chunk. */
export const compressedSizeBytesMax = chunkSizeBytesMax + (chunkSizeBytesMax >> 8) + 128;

/** Bytes that memory for {@link decodeChunk} must have: the largest chunk and one, for zstd says that it is done only while there is room. */
export const decodedSizeBytesMax = chunkSizeBytesMax + 1;

/**
 * Compresses one chunk on the calling thread to the start of `target`. Answers its size there, or undefined when it does not
 * shrink and so is kept raw. `data` must hold 1 byte to {@link chunkSizeBytesMax}.
 */
export function compressChunk(data: Buffer, target: Buffer, options: EncodeOptions = {}): number | undefined {
  let size = compressInto(data, target, options.level ?? defaultLevel);
  if (size === undefined) {
    const compressed = zstdCompressSync(data, compressOptions(data, options));
    size = compressed.copy(target);
  }
  return size < data.length ? size : undefined;
}

/** Compresses one chunk on the calling thread. `data` must hold 1 byte to {@link chunkSizeBytesMax}. */
export function encodeChunk(data: Buffer, options: EncodeOptions = {}): EncodedChunk {
  checkDataSize(data);
  scratch ??= Buffer.allocUnsafeSlow(compressedSizeBytesMax);
  const size = compressChunk(data, scratch, options);
  const digest = digestOf(data);
  return size === undefined
    ? { digest, sizeBytes: data.length, codec: "raw", payload: data }
    : { digest, sizeBytes: data.length, codec: "zstd", payload: Buffer.from(scratch.subarray(0, size)) };
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
 * The answer may share memory with `chunk.payload`, or with `memory`, {@link decodedSizeBytesMax} bytes that are free for it.
 */
export function decodeChunk(chunk: EncodedChunk, memory?: Buffer): Buffer {
  checkSize(chunk);
  if (chunk.codec === "raw") return checkData(chunk, chunk.payload);
  const data = memory?.subarray(0, chunk.sizeBytes + 1) ?? Buffer.allocUnsafeSlow(chunk.sizeBytes + 1);
  if (decompressInto(chunk.payload, data) === chunk.sizeBytes) {
    const whole = data.subarray(0, chunk.sizeBytes);
    if (digestOf(whole) === chunk.digest) return whole;
  }
  forgetDecompressor(); // it may be in the middle of this frame; a context of its own says what is wrong with the chunk
  try {
    return checkData(chunk, zstdDecompressSync(chunk.payload, decompressOptions(chunk)));
  } catch (cause) {
    throw undecompressable(chunk, cause);
  }
}

/**
 * Throws what {@link decodeChunk} throws for a damaged chunk, and keeps nothing of a good one: what is decompressed only to be
 * verified needs no memory of its own.
 */
export function verifyChunk(chunk: EncodedChunk): void {
  verifyScratch ??= Buffer.allocUnsafeSlow(decodedSizeBytesMax);
  decodeChunk(chunk, verifyScratch);
}

/** As {@link decodeChunk}, but decompresses on libuv's thread pool, so that several run at once. */
export async function decodeChunkAsync(chunk: EncodedChunk): Promise<Buffer> {
  checkSize(chunk);
  if (chunk.codec === "raw") return checkData(chunk, chunk.payload);
  try {
    return checkData(chunk, await decompressAsync(chunk.payload, decompressOptions(chunk)));
  } catch (cause) {
    throw undecompressable(chunk, cause);
  }
}

/** Before a byte is decompressed. */
function checkSize({ sizeBytes, digest }: EncodedChunk): void {
  if (!Number.isInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > chunkSizeBytesMax) {
    throw corrupt(digest, `it declares ${sizeBytes} bytes; a chunk has 1 to ${chunkSizeBytesMax}`);
  }
}

function checkData({ sizeBytes, digest }: EncodedChunk, data: Buffer): Buffer {
  if (data.length !== sizeBytes) {
    throw corrupt(digest, `it declares ${sizeBytes} bytes and holds ${data.length}`);
  }
  const actual = digestOf(data);
  if (actual !== digest) throw corrupt(digest, `its bytes have the digest ${actual}`);
  return data;
}

function decompressOptions({ sizeBytes }: EncodedChunk): ZstdOptions {
  // One byte of room: a buffer that is filled to its end costs one more call, to learn that nothing follows.
  return { chunkSize: Math.max(64, sizeBytes + 1), maxOutputLength: sizeBytes };
}

function undecompressable(chunk: EncodedChunk, cause: unknown): DvceError {
  if (isDvceError(cause)) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return corrupt(chunk.digest, `it does not decompress to ${chunk.sizeBytes} bytes (${why})`, cause);
}

function checkDataSize(data: Buffer): void {
  if (data.length < 1 || data.length > chunkSizeBytesMax) {
    throw new RangeError(`a chunk has 1 to ${chunkSizeBytesMax} bytes, not ${data.length}`);
  }
}

function compressOptions(data: Buffer, options: EncodeOptions): ZstdOptions {
  checkDataSize(data);
  return {
    // One output buffer that the worst case fits into, instead of many that are joined afterwards.
    chunkSize: data.length + (data.length >> 8) + 128,
    // Known size: zstd sizes its tables for a chunk instead of a stream, which nearly doubles the speed.
    pledgedSrcSize: data.length,
    params: { [constants.ZSTD_c_compressionLevel]: options.level ?? defaultLevel },
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
