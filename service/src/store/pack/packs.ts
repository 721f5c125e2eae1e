import { join } from "node:path";
import { packFileName } from "./format";
import { removeSidecar, type SidecarRecord } from "./sidecar";
import type { StoreFile, StoreFiles } from "./store-files";

export interface PackSize {
  readonly number: number;
  readonly sizeBytes: number;
}

export interface Pack {
  readonly number: number;
  readonly file: StoreFile;
  /** End of what is synced. Grows for the newest pack only. */
  sizeBytes: number;
}

interface OpenPack extends Pack {
  /** Who reads from it right now. */
  readers: number;
  /** It is no longer part of the store; the last reader closes it. */
  removed: boolean;
}

/** The pack files of a store, all of them open. */
export class Packs {
  readonly #files: StoreFiles;
  readonly #directory: string;
  readonly #packs = new Map<number, OpenPack>();
  #newest: Pack | undefined;
  #closed = false;
  /** Records of the newest pack, those of chunks that were dropped included; its index is made of them. */
  newestRecords: SidecarRecord[] = [];

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

  /** In the order of their numbers, and so of their age. */
  all(): Pack[] {
    return [...this.#packs.values()];
  }

  get(number: number): Pack | undefined {
    return this.#packs.get(number);
  }

  /** Adds a pack with a higher number than any before. */
  add(number: number, sizeBytes: number, file: StoreFile, records: SidecarRecord[] = []): Pack {
    const pack = { number, sizeBytes, file, readers: 0, removed: false };
    this.#packs.set(number, pack);
    this.#newest = pack;
    this.newestRecords = records;
    return pack;
  }

  /**
   * The file of a pack that a location names, which stays open until `release`. To be called in the same step in which the
   * location was looked up: a pack is removed only when no location names it any more.
   */
  acquire(number: number): { readonly file: StoreFile; release(): void } {
    const pack = this.#packs.get(number);
    if (pack === undefined) throw new Error(`a chunk is said to lie in pack ${number}, which is not there`);
    pack.readers++;
    return {
      file: pack.file,
      release: () => {
        pack.readers--;
        if (pack.readers === 0 && (pack.removed || this.#closed)) void pack.file.close();
      },
    };
  }

  /** Removes a pack that no location names, index first. Resolves when a power cut cannot bring it back. */
  async remove(number: number): Promise<void> {
    const pack = this.#packs.get(number);
    if (pack === undefined) return;
    await removeSidecar(this.#files, this.#directory, number);
    await this.#files.remove(join(this.#directory, packFileName(number)));
    this.#packs.delete(number);
    pack.removed = true;
    if (pack.readers === 0) await pack.file.close();
    await this.#files.syncDirectory(this.#directory);
  }

  /** Closes what nobody reads from; the last reader closes the others. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const pack of this.#packs.values()) if (pack.readers === 0) await pack.file.close();
    this.#packs.clear();
  }
}
