/**
 * Which chunks of each known version this node has, as bitmaps, and which of those the controller does not know
 * of yet. Kept in memory only: at start it is computed from the store.
 *
 * A bit is set only once the chunk would survive a power cut.
 */
import { ChunkBitmap } from "@dvce/image";
import type { VersionInventory } from "@dvce/api";
import type { KnownVersion } from "./known-versions";

interface Entry {
  readonly version: KnownVersion;
  bitmap: ChunkBitmap;
  /** Counts changes; what a report carried is acknowledged only if nothing changed since. */
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

export class Inventory {
  readonly #entries = new Map<string, Entry>();
  readonly #has: (digest: string) => boolean;

  /** @param has whether the store holds a chunk durably */
  constructor(has: (digest: string) => boolean) {
    this.#has = has;
  }

  /** Takes a version in, with the chunks that are here already. */
  add(version: KnownVersion): void {
    if (this.#entries.has(version.version)) return;
    this.#entries.set(version.version, {
      version,
      bitmap: this.#count(version),
      generation: 1,
      acknowledged: 0,
    });
  }

  remove(version: string): void {
    this.#entries.delete(version);
  }

  /** Chunks that the store now holds durably. */
  stored(digests: Iterable<string>): void {
    const keys = Array.from(digests, (digest) => Buffer.from(digest, "hex"));
    for (const entry of this.#entries.values()) {
      for (const key of keys) {
        const number = entry.version.numberOf(key);
        if (number < 0 || entry.bitmap.has(number)) continue;
        entry.bitmap.set(number);
        entry.generation++;
      }
    }
  }

  /** A chunk that the store no longer has: its bytes were found damaged. */
  lost(digest: string): void {
    const key = Buffer.from(digest, "hex");
    for (const entry of this.#entries.values()) {
      const number = entry.version.numberOf(key);
      if (number < 0 || !entry.bitmap.has(number)) continue;
      entry.bitmap = this.#count(entry.version);
      entry.generation++;
    }
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

  #count(version: KnownVersion): ChunkBitmap {
    const bitmap = new ChunkBitmap(version.index.chunkCount);
    for (let i = 0; i < bitmap.length; i++) if (this.#has(version.index.chunkDigest(i))) bitmap.set(i);
    return bitmap;
  }
}
