/**
 * Which chunks of each known version this node has, as bitmaps, and which of those the controller does not know
 * of yet. Kept in memory only: at start it is computed from the store, for large versions in the background; until that is done,
 * fewer chunks are counted than are here, and nothing of the version is reported.
 *
 * A bit is set only once the chunk would survive a power cut, and is gone before the chunk is: chunks that this node asks
 * to drop are not counted from the asking on, so that no report that is under way can tell of them later.
 */
import { ChunkBitmap } from "@dvce/image";
import type { VersionInventory } from "@dvce/api";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { KnownVersion } from "./known-versions";

interface Entry {
  readonly version: KnownVersion;
  readonly bitmap: ChunkBitmap;
  /** Resolves when the chunks that were here from the beginning are counted. */
  counted: Promise<void>;
  /** 0 until then. Counts changes; what a report carried is acknowledged only if nothing changed since. */
  generation: number;
  acknowledged: number;
}

/** What one heartbeat carries; give it back to `acknowledge` when the controller has answered it. */
export interface InventoryReport {
  readonly inventory: VersionInventory[];
  readonly generations: ReadonlyMap<string, number>;
}

/** A heartbeat's inventory has at most about these bytes; the rest follows with the next. */
const reportBytesMax = 4 * 1024 * 1024;
const reportVersionsMax = 10_000;

/** Chunks of a version that are counted before others get their turn; some ten milliseconds. */
const countedAtATime = 16_384;

const putIn = (bitmap: ChunkBitmap, number: number): boolean => {
  if (bitmap.has(number)) return false;
  bitmap.set(number);
  return true;
};

const takeOut = (bitmap: ChunkBitmap, number: number): boolean => {
  if (!bitmap.has(number)) return false;
  bitmap.clear(number);
  return true;
};

export class Inventory {
  readonly #entries = new Map<string, Entry>();
  readonly #has: (digest: string) => boolean;
  /** Here, and perhaps to be dropped. */
  readonly #leaving = new Set<string>();

  /** @param has whether the store holds a chunk durably */
  constructor(has: (digest: string) => boolean) {
    this.#has = (digest) => has(digest) && !this.#leaving.has(digest);
  }

  /** Takes a version in, with the chunks that are here already. */
  add(version: KnownVersion): void {
    if (this.#entries.has(version.version)) return;
    const bitmap = new ChunkBitmap(version.index.chunkCount);
    const entry: Entry = { version, bitmap, counted: Promise.resolve(), generation: 0, acknowledged: 0 };
    this.#entries.set(version.version, entry);
    const counted = this.#count(entry, 0);
    if (counted < bitmap.length) entry.counted = this.#countOn(entry, counted);
    else entry.generation = 1;
  }

  /** Resolves when all chunks of the version that are here are in its bitmap. */
  async whenCounted(version: string): Promise<void> {
    await this.#entries.get(version)?.counted;
  }

  remove(version: string): void {
    this.#entries.delete(version);
  }

  /** Chunks that the store now holds durably. */
  stored(digests: Iterable<string>): void {
    const names = [...digests];
    this.stay(names);
    this.#change(names, putIn);
  }

  /**
   * Chunks that may be dropped soon: not counted from now on. End with {@link dropped} for those that were dropped and
   * {@link stay} for the others.
   */
  leave(digests: readonly string[]): void {
    for (const digest of digests) this.#leaving.add(digest);
    this.#change(digests, takeOut);
  }

  /** Those of the chunks that are still to leave: somebody may have counted on the others meanwhile. */
  stillLeaving(digests: readonly string[]): string[] {
    return digests.filter((digest) => this.#leaving.has(digest));
  }

  /** Chunks that are kept: counted again if they are here. To be called before anyone is told that they are here. */
  stay(digests: readonly string[]): void {
    const staying = digests.filter((digest) => this.#leaving.delete(digest)).filter(this.#has);
    this.#change(staying, putIn);
  }

  /** Chunks that were dropped. */
  dropped(digests: readonly string[]): void {
    for (const digest of digests) this.#leaving.delete(digest);
    this.#change(digests, takeOut);
  }

  /** A chunk that the store no longer has: its bytes were found damaged. */
  lost(digest: string): void {
    this.#change([digest], takeOut);
  }

  bitmapOf(version: string): ChunkBitmap | undefined {
    return this.#entries.get(version)?.bitmap;
  }

  /** Whether there is something that the controller has not acknowledged. */
  get changed(): boolean {
    for (const entry of this.#entries.values()) if (entry.generation !== entry.acknowledged) return true;
    return false;
  }

  /** What the controller does not know yet. */
  report(): InventoryReport {
    const inventory: VersionInventory[] = [];
    const generations = new Map<string, number>();
    let bytes = 0;
    for (const [version, entry] of this.#entries) {
      if (entry.generation === entry.acknowledged) continue;
      if (inventory.length >= reportVersionsMax || bytes > reportBytesMax) break;
      const bitmap = entry.bitmap.toBase64();
      inventory.push({ version, bitmap });
      generations.set(version, entry.generation);
      bytes += bitmap.length;
    }
    return { inventory, generations };
  }

  /** The controller has taken the report in. */
  acknowledge(report: InventoryReport): void {
    for (const [version, generation] of report.generations) {
      const entry = this.#entries.get(version);
      if (entry !== undefined) entry.acknowledged = generation;
    }
  }

  /** The controller knows nothing of this node: every version is to be reported again. */
  resendAll(): void {
    for (const entry of this.#entries.values()) entry.acknowledged = 0;
  }

  #change(digests: readonly string[], change: (bitmap: ChunkBitmap, number: number) => boolean): void {
    if (digests.length === 0) return;
    const keys = digests.map((digest) => Buffer.from(digest, "hex"));
    for (const entry of this.#entries.values()) {
      for (const key of keys) {
        const number = entry.version.numberOf(key);
        if (number >= 0 && change(entry.bitmap, number) && entry.generation > 0) entry.generation++;
      }
    }
  }

  /** Counts some chunks from `first` on; answers where to go on. */
  #count({ version, bitmap }: Entry, first: number): number {
    const end = Math.min(bitmap.length, first + countedAtATime);
    for (let i = first; i < end; i++) if (this.#has(version.index.chunkDigest(i))) bitmap.set(i);
    return end;
  }

  /** Counts the rest, with turns for others; what is stored or lost meanwhile is noted by those who say so. */
  async #countOn(entry: Entry, first: number): Promise<void> {
    const { version, bitmap } = entry;
    for (let next = first; next < bitmap.length; next = this.#count(entry, next)) {
      await yieldToOthers();
      if (this.#entries.get(version.version) !== entry) return; // removed, and its index closed
    }
    entry.generation = 1;
  }
}
