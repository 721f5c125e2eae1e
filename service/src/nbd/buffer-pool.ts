/** Sizes that are kept, each with room for headers around a power of two of data. */
const roomForHeadersBytes = 4096;
const classes = [64, 256, 512, 1024, 2048].map((kibibytes) => kibibytes * 1024 + roomForHeadersBytes);
/** Smaller ones cost less to allocate than to keep. */
const keptBytesMin = 16 * 1024;
const keptBytesMax = 32 * 1024 * 1024;

/** Buffers for replies, used again: memory fresh from the kernel costs more per byte than reading a cached file. */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>(classes.map((size) => [size, []]));
  #keptBytes = 0;

  /** At least `sizeBytes`, with whatever was in it. */
  take(sizeBytes: number): Buffer {
    const size = sizeBytes < keptBytesMin ? undefined : classes.find((each) => each >= sizeBytes);
    if (size === undefined) return Buffer.allocUnsafeSlow(sizeBytes);
    const kept = this.#free.get(size)?.pop();
    if (kept === undefined) return Buffer.allocUnsafeSlow(size);
    this.#keptBytes -= size;
    return kept;
  }

  /** Gives back a buffer that {@link take} gave; it must not be used afterwards. */
  give(buffer: Buffer): void {
    if (this.#keptBytes + buffer.length > keptBytesMax) return;
    const free = this.#free.get(buffer.length);
    if (free === undefined) return;
    free.push(buffer);
    this.#keptBytes += buffer.length;
  }
}
