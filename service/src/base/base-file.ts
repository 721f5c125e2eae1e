/**
 * A version as a sparse raw file that fills as its bytes are asked for: `<data>/base/<version>.raw`.
 *
 * Bytes are decoded once; afterwards the file answers, as fast as the raw image would. Which extents are in the
 * file is known in memory only, so nothing of an earlier process is trusted: files are removed at start, and
 * after a crash there is nothing to repair. Reads never wait for the file: bytes that were just decoded are
 * answered from memory while they are being written, and a full disk costs speed, not correctness.
 */
import type { ImageIndex, IndexExtent } from "@dvce/image";
import { open, type FileHandle } from "node:fs/promises";

export interface BaseFileOptions {
  readonly path: string;
  readonly index: ImageIndex;
  /** The chunk's verified bytes, from this node or another. */
  readonly readChunk: (chunk: number) => Promise<Buffer>;
  /** Writing to the file failed. The read that caused it succeeds all the same. */
  readonly onWriteFailed: (error: unknown) => void;
}

export class BaseFile {
  readonly #options: BaseFileOptions;
  readonly #handle: FileHandle;
  /** Bit i: extent i of the index is in the file. */
  readonly #present: Uint8Array;
  /** Chunks being read and written, so that readers of one chunk at one time share the work. */
  readonly #filling = new Map<number, Promise<Buffer>>();

  private constructor(options: BaseFileOptions, handle: FileHandle) {
    this.#options = options;
    this.#handle = handle;
    this.#present = new Uint8Array(Math.ceil(options.index.extentCount / 8));
  }

  /** Makes the file, empty and sparse. */
  static async create(options: BaseFileOptions): Promise<BaseFile> {
    const handle = await open(options.path, "w+", 0o600);
    await handle.truncate(options.index.sizeBytes);
    return new BaseFile(options, handle);
  }

  get sizeBytes(): number {
    return this.#options.index.sizeBytes;
  }

  /** Exactly the bytes asked for. Rejects with what `readChunk` rejects with. */
  async read(offsetBytes: number, lengthBytes: number): Promise<Buffer> {
    const missing = this.#missing(offsetBytes, lengthBytes);
    if (missing.length === 0) {
      const target = Buffer.allocUnsafe(lengthBytes);
      await this.#readFile(target, offsetBytes);
      return target;
    }
    // Asked for all at once, so that what must come from a peer comes in one batch.
    const data = await Promise.all(missing.map(({ extent, number }) => this.#fill(extent.chunk, number)));
    const target = Buffer.allocUnsafe(lengthBytes);
    await this.#readFile(target, offsetBytes);
    missing.forEach(({ extent }, i) => {
      const at = extent.offsetBytes - offsetBytes;
      data[i]?.copy(target, at, extent.offsetInChunk, extent.offsetInChunk + extent.lengthBytes);
    });
    return target;
  }

  /** Waits for writes under way and closes the file. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#filling.values());
    await this.#handle.close();
  }

  /** Extents of the range that are not in the file, with their numbers in the index. */
  #missing(offsetBytes: number, lengthBytes: number): { extent: IndexExtent; number: number }[] {
    const missing: { extent: IndexExtent; number: number }[] = [];
    let number = -1;
    for (const extent of this.#options.index.extents(offsetBytes, lengthBytes)) {
      if (extent.chunk < 0) continue;
      number = number < 0 ? this.#numberAt(extent.offsetBytes) : number + 1;
      if (!this.#has(number)) missing.push({ extent, number });
    }
    return missing;
  }

  /** The number of the extent that covers the offset; there is one. Binary search, as extents lie in order. */
  #numberAt(offsetBytes: number): number {
    const { index } = this.#options;
    let low = 0;
    let high = index.extentCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (index.extentAt(middle).offsetBytes <= offsetBytes) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async #fill(chunk: number, number: number): Promise<Buffer> {
    const data = await this.#chunk(chunk);
    void this.#write(number, data);
    return data;
  }

  #chunk(chunk: number): Promise<Buffer> {
    const running = this.#filling.get(chunk);
    if (running !== undefined) return running;
    const reading = this.#options.readChunk(chunk).finally(() => this.#filling.delete(chunk));
    this.#filling.set(chunk, reading);
    return reading;
  }

  async #write(number: number, data: Buffer): Promise<void> {
    if (this.#has(number)) return;
    const extent = this.#options.index.extentAt(number);
    try {
      const { lengthBytes, offsetBytes, offsetInChunk } = extent;
      const { bytesWritten } = await this.#handle.write(data, offsetInChunk, lengthBytes, offsetBytes);
      if (bytesWritten !== lengthBytes)
        throw new Error(`only ${bytesWritten} of ${lengthBytes} bytes were written`);
      this.#present[number >> 3] = (this.#present[number >> 3] ?? 0) | (1 << (number & 7));
    } catch (error) {
      this.#options.onWriteFailed(error);
    }
  }

  #has(number: number): boolean {
    return (((this.#present[number >> 3] ?? 0) >> (number & 7)) & 1) === 1;
  }

  async #readFile(target: Buffer, offsetBytes: number): Promise<void> {
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await this.#handle.read(target, done, target.length - done, offsetBytes + done);
      if (bytesRead === 0) throw new Error(`${this.#options.path} ends at ${offsetBytes + done}`);
      done += bytesRead;
    }
  }
}
