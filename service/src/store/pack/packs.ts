import { join } from "node:path";
import { packFileName } from "./format";
import type { StoreFile, StoreFiles } from "./store-files";

export interface Pack {
  readonly number: number;
  /** End of what is synced. Grows for the newest pack only. */
  sizeBytes: number;
}

/** The pack files of a store, opened when first needed. */
export class Packs {
  readonly #files: StoreFiles;
  readonly #directory: string;
  readonly #packs = new Map<number, Pack>();
  readonly #open = new Map<number, Promise<StoreFile>>();
  #newest: Pack | undefined;

  constructor(files: StoreFiles, directory: string) {
    this.#files = files;
    this.#directory = directory;
  }

  get newest(): Pack | undefined {
    return this.#newest;
  }

  get storedBytes(): number {
    let bytes = 0;
    for (const pack of this.#packs.values()) bytes += pack.sizeBytes;
    return bytes;
  }

  /** Adds a pack with a higher number than any before. */
  add(number: number, sizeBytes: number, file?: StoreFile): Pack {
    const pack = { number, sizeBytes };
    this.#packs.set(number, pack);
    this.#newest = pack;
    if (file !== undefined) this.#open.set(number, Promise.resolve(file));
    return pack;
  }

  sizeBytesOf(number: number): number {
    return this.#packs.get(number)?.sizeBytes ?? 0;
  }

  open(number: number): Promise<StoreFile> {
    let file = this.#open.get(number);
    if (file === undefined) {
      file = this.#files.open(join(this.#directory, packFileName(number)), "write");
      file.catch(() => this.#open.delete(number)); // the next reader tries again
      this.#open.set(number, file);
    }
    return file;
  }

  async close(): Promise<void> {
    for (const file of this.#open.values()) await (await file).close();
    this.#open.clear();
  }
}
