import { ImageIndex } from "@dvce/image";
import type { State } from "../state";

/** Decoded indexes in memory; more than this many are read again from the database. */
const cachedCountMax = 64;

/** Decoded indexes of known versions. Indexes never change, so a cached one is always right while it is known. */
export class IndexCache {
  readonly #indexes = new Map<string, ImageIndex>();

  constructor(private readonly state: State) {}

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
    const oldest = this.#indexes.keys().next();
    if (this.#indexes.size > cachedCountMax && oldest.done !== true) this.#indexes.delete(oldest.value);
    return index;
  }

  drop(version: string): void {
    this.#indexes.delete(version);
  }
}
