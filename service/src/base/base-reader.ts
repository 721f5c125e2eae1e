/**
 * Reads a version through its base file, from any thread: what is present from the file, what is missing after it
 * was asked for. Owns a descriptor of the file for reading, so it reads what it opened even when that was removed.
 */
import type { ImageIndex } from "@dvce/image";
import { closeSync, openSync, read, readSync } from "node:fs";
import { promisify } from "node:util";
import { CacheBelief } from "./cache-belief";
import type { Presence } from "./presence";
import { ReadAhead } from "./read-ahead";
import type { ReadLog } from "./read-log";

const readAsync = promisify(read);

/**
 * Larger reads are done on other threads: the way there and back costs less than what it would cost to copy from the page
 * cache and to the socket on one processor, and other guests do not wait. Guests themselves rarely ask for more at once.
 */
const readNowBytesMax = 128 * 1024;

export interface BaseReaderOptions {
  readonly index: ImageIndex;
  readonly presence: Presence;
  /** The raw file; undefined when there is none. */
  readonly path: string | undefined;
  /** Makes extents present. Answers the bytes of those that the file did not take. */
  readonly fill: (extents: readonly number[]) => Promise<ReadonlyMap<number, Uint8Array>>;
  readonly log: ReadLog;
  /** A sequential reader will soon come to these extents, `first` to before `end`, some of which are missing. */
  readonly onAhead?: (first: number, end: number) => void;
}

export class BaseReader {
  readonly #options: BaseReaderOptions;
  #fd: number | undefined;
  readonly #cache = new CacheBelief();
  readonly #ahead = new ReadAhead();
  #reading = 0;
  #closing = false;

  constructor(options: BaseReaderOptions) {
    this.#options = options;
    this.#fd = options.path === undefined ? undefined : openSync(options.path, "r");
  }

  /** Of no use any more. */
  get closed(): boolean {
    return this.#closing;
  }

  get index(): ImageIndex {
    return this.#options.index;
  }

  /**
   * Fills `target` at once when it is present and believed to be in the page cache; false when it is not, having
   * done nothing.
   */
  readNow(offsetBytes: number, target: Buffer): boolean {
    if (this.#fd === undefined || this.#closing || target.length > readNowBytesMax) return false;
    const { index, presence } = this.#options;
    const { first, end } = index.extentRange(offsetBytes, target.length);
    if (!presence.hasAll(first, end) || !this.#cache.expects()) return false;
    this.#options.log.saw(first, end);
    this.#readSync(this.#fd, offsetBytes, target);
    return true;
  }

  /** Fills `target`, however long that takes. Rejects with what `fill` rejects with. */
  async read(offsetBytes: number, target: Buffer): Promise<void> {
    this.#reading++;
    try {
      const { index, presence } = this.#options;
      const { first, end } = index.extentRange(offsetBytes, target.length);
      this.#options.log.saw(first, end);
      const missing: number[] = [];
      for (let extent = first; extent < end; extent++) if (!presence.has(extent)) missing.push(extent);
      const spare = await this.#fill(offsetBytes, target.length, missing);
      if (this.#fd === undefined) target.fill(0);
      else if (missing.length > 0 && target.length <= readNowBytesMax && this.#cache.expects()) {
        this.#readSync(this.#fd, offsetBytes, target); // just written
      } else await this.#readFile(this.#fd, offsetBytes, target);
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

  /** Has the missing extents of a read filled, and those behind it for a sequential reader. */
  async #fill(
    offsetBytes: number,
    lengthBytes: number,
    missing: readonly number[],
  ): Promise<ReadonlyMap<number, Uint8Array> | undefined> {
    const { index, presence, fill, onAhead } = this.#options;
    const ahead = this.#ahead.saw(offsetBytes, lengthBytes);
    if (ahead !== undefined && onAhead !== undefined && ahead.startBytes < index.sizeBytes) {
      const endBytes = Math.min(ahead.endBytes, index.sizeBytes);
      const { first, end } = index.extentRange(ahead.startBytes, endBytes - ahead.startBytes);
      if (!presence.hasAll(first, end)) onAhead(first, end);
    }
    return missing.length === 0 ? undefined : fill(missing);
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

  #readSync(fd: number, offsetBytes: number, target: Buffer): void {
    const startMs = performance.now();
    for (let done = 0; done < target.length;) {
      const bytesRead = readSync(fd, target, done, target.length - done, offsetBytes + done);
      if (bytesRead === 0) throw this.#short(offsetBytes + done);
      done += bytesRead;
    }
    this.#cache.took(performance.now() - startMs, target.length);
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
