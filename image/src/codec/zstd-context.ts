/**
 * zstd on the calling thread with a context that is kept. `zlib.zstdCompressSync` makes a context, its tables and an
 * output buffer for every call: for chunks of 64 KiB that is a third to a half of the time (compressing 355 against
 * 490 MB/s, decompressing 710 against 1200, Node 24.9 on one core).
 *
 * Node has no documented way to keep one, so this uses what its own synchronous functions use, `_handle.writeSync`; where
 * that is not there, the functions below answer undefined and callers use the documented calls. A context that did
 * anything unexpected is dropped, since it may be in the middle of a frame.
 */
import { constants, createZstdCompress, createZstdDecompress } from "node:zlib";

/** Binding of a zlib stream as `processChunkSync` in node's lib/zlib.js uses it. */
interface Handle {
  writeSync(
    flush: number,
    source: Buffer,
    sourceAt: number,
    sourceLength: number,
    target: Buffer,
    targetAt: number,
    targetLength: number,
  ): void;
  onerror: (message: string) => void;
  /** Frees the context at once, which collecting its garbage would do too late for the many that damaged chunks cost. */
  close(): void;
}

class Context {
  readonly #handle: Handle;
  /** After each call: bytes left of the target, bytes left of the source. */
  readonly #left: Uint32Array;
  #failed = false;

  private constructor(handle: Handle, left: Uint32Array) {
    this.#handle = handle;
    this.#left = left;
    handle.onerror = () => {
      this.#failed = true;
    };
  }

  static of(stream: object): Context | undefined {
    const { _handle: handle, _writeState: left } = stream as { _handle?: unknown; _writeState?: unknown };
    if (!ArrayBuffer.isView(left) || typeof handle !== "object" || handle === null) return undefined;
    if (!("writeSync" in handle && "onerror" in handle && "close" in handle)) return undefined;
    return new Context(handle as Handle, left as Uint32Array);
  }

  /** Bytes written, or -1 when not all of `source` fitted into less than `target`. */
  run(flush: number, source: Buffer, target: Buffer): number {
    this.#handle.writeSync(flush, source, 0, source.length, target, 0, target.length);
    const [targetLeft = 0, sourceLeft = 0] = this.#left;
    return this.#failed || sourceLeft > 0 || targetLeft === 0 ? -1 : target.length - targetLeft;
  }

  close(): void {
    this.#handle.close();
  }
}

const compressors = new Map<number, Context | undefined>();
let decompressor: Context | undefined;
let isDecompressorMade = false;

/**
 * Compresses `source` into one frame at the start of `target`. Answers its size, or undefined when it does not fit with a
 * byte to spare or contexts cannot be kept here.
 */
export function compressInto(source: Buffer, target: Buffer, level: number): number | undefined {
  if (!compressors.has(level)) {
    const params = { [constants.ZSTD_c_compressionLevel]: level };
    compressors.set(level, Context.of(createZstdCompress({ params })));
  }
  // Ending the frame in its first call tells zstd the size of the source, so its tables fit a chunk.
  const compressor = compressors.get(level);
  const size = compressor?.run(constants.ZSTD_e_end, source, target);
  if (size === -1) {
    compressor?.close();
    compressors.delete(level);
  }
  return size === -1 ? undefined : size;
}

/**
 * Decompresses one frame into `target`, which must have a byte more than is expected. Answers the size, or undefined when
 * the frame is damaged or larger than that, or contexts cannot be kept here: then the documented call decides.
 *
 * A frame that was cut off can leave its context in the middle. Whoever finds that the bytes are not the right ones calls
 * {@link forgetDecompressor} before the next chunk.
 */
export function decompressInto(source: Buffer, target: Buffer): number | undefined {
  if (!isDecompressorMade) {
    // A kept context keeps its window too. Chunks need 256 KiB, other tools' frames up to 8 MiB; more is for the others.
    decompressor = Context.of(createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: 23 } }));
    isDecompressorMade = true;
  }
  const size = decompressor?.run(constants.ZSTD_e_flush, source, target);
  if (size === -1) forgetDecompressor();
  return size === -1 ? undefined : size;
}

export function forgetDecompressor(): void {
  decompressor?.close();
  decompressor = undefined;
  isDecompressorMade = false;
}
