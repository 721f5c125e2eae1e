/**
 * Reads a version through its base file, from any thread: what is present from the file, what is missing after it
 * was asked for. Owns a descriptor of the file for reading, so it reads what it opened even when that was removed.
 */
import type { ImageIndex } from "@dvce/image";
import { closeSync, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import { extentRange } from "./extent-range";
import type { Presence } from "./presence";
import type { ReadLog } from "./read-log";

const readAsync = promisify(read);

export interface BaseReaderOptions {
  readonly index: ImageIndex;
  readonly presence: Presence;
  /** The raw file; undefined when there is none. */
  readonly path: string | undefined;
  /** Makes extents present. Answers the bytes of those that the file did not take. */
  readonly fill: (extents: readonly number[]) => Promise<ReadonlyMap<number, Uint8Array>>;
  readonly log: ReadLog;
}

export class BaseReader {
  readonly #options: BaseReaderOptions;
  #fd: number | undefined;
  #reading = 0;
  #closing = false;

  constructor(options: BaseReaderOptions) {
    this.#options = options;
    this.#fd = options.path === undefined ? undefined : openSync(options.path, "r");
  }

  get index(): ImageIndex {
    return this.#options.index;
  }

  /**
   * Fills `target` at once when every byte is present; false when it is not, having done nothing. Blocks the thread
   * while the disk is read: for bytes that the page cache has.
   */
  readNow(offsetBytes: number, target: Buffer): boolean {
    if (this.#fd === undefined || this.#closing) return false;
    const { index, presence } = this.#options;
    const { first, end } = extentRange(index, offsetBytes, target.length);
    if (!presence.hasAll(first, end)) return false;
    this.#options.log.saw(first, end);
    for (let done = 0; done < target.length;) {
      const bytesRead = readSync(this.#fd, target, done, target.length - done, offsetBytes + done);
      if (bytesRead === 0) throw this.#short(offsetBytes + done);
      done += bytesRead;
    }
    return true;
  }

  /** Fills `target`, however long that takes. Rejects with what `fill` rejects with. */
  async read(offsetBytes: number, target: Buffer): Promise<void> {
    this.#reading++;
    try {
      const { index, presence } = this.#options;
      const { first, end } = extentRange(index, offsetBytes, target.length);
      this.#options.log.saw(first, end);
      const missing: number[] = [];
      for (let extent = first; extent < end; extent++) if (!presence.has(extent)) missing.push(extent);
      const spare = missing.length === 0 ? undefined : await this.#options.fill(missing);
      if (this.#fd === undefined) target.fill(0);
      else await this.#readFile(this.#fd, offsetBytes, target);
      for (const [number, bytes] of spare ?? []) {
        // Cut to the range: an extent may begin before it or end behind it.
        const at = index.extentAt(number).offsetBytes - offsetBytes;
        target.set(bytes.subarray(Math.max(0, -at), Math.max(0, target.length - at)), Math.max(0, at));
      }
    } finally {
      this.#reading--;
      this.#closeWhenIdle();
    }
  }

  /** Reads under way end first. */
  close(): void {
    this.#closing = true;
    this.#closeWhenIdle();
  }

  #closeWhenIdle(): void {
    if (!this.#closing || this.#reading > 0 || this.#fd === undefined) return;
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  async #readFile(fd: number, offsetBytes: number, target: Buffer): Promise<void> {
    for (let done = 0; done < target.length;) {
      const { bytesRead } = await readAsync(fd, target, done, target.length - done, offsetBytes + done);
      if (bytesRead === 0) throw this.#short(offsetBytes + done);
      done += bytesRead;
    }
  }

  #short(at: number): Error {
    return new Error(`${this.#options.path ?? "the base file"} ends at ${at}`);
  }
}
