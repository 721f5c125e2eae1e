import { ImageIndex } from "@dvce/image";
import type { State } from "../state";

/** Decoded indexes in memory; those that were not used for longest are read again from the database. */
const cachedBytesMax = 256 * 1024 * 1024;

/** Decoded indexes of known versions. Indexes never change, so a cached one is always right while it is known. */
export class IndexCache {
  readonly #indexes = new Map<string, ImageIndex>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(
    private readonly state: State,
    bytesMax = cachedBytesMax,
  ) {
    this.#bytesMax = bytesMax;
  }

  /** Undefined when the version is not known (any more). */
  get(version: string): ImageIndex | undefined {
    const cached = this.#indexes.get(version);
    if (cached !== undefined) {
      this.#indexes.delete(version); // re-inserted below as the youngest
      this.#indexes.set(version, cached);
      return cached;
    }
    const bytes = this.state.versions.indexBytes(version);
    if (bytes === undefined) return undefined;
    const index = ImageIndex.decode(bytes);
    this.#indexes.set(version, index);
    this.#bytes += index.encodedSizeBytes;
    for (const oldest of this.#indexes.keys()) {
      if (this.#bytes <= this.#bytesMax || oldest === version) break; // the one that is asked for stays, however large
      this.drop(oldest);
    }
    return index;
  }

  drop(version: string): void {
    this.#bytes -= this.#indexes.get(version)?.encodedSizeBytes ?? 0;
    this.#indexes.delete(version);
  }
}
