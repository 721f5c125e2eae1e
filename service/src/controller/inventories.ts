import { ChunkBitmap } from "@dvce/image";
import type { IndexCache } from "./index-cache";

/**
 * Which node has which chunks, in memory only: nodes report it again to a controller that does not know.
 * A node that reported nothing about a version has none of it.
 */
export class Inventories {
  readonly #bitmaps = new Map<string, Map<string, ChunkBitmap>>();
  /** Bitmaps never change after they are reported, so what one lacks is counted once. */
  readonly #missing = new WeakMap<ChunkBitmap, number>();
  /** How often what is known of a node changed, in any way. */
  readonly #revisions = new Map<string, number>();

  constructor(private readonly indexes: IndexCache) {}

  /**
   * Takes in what a node reported of one version; ignored when the version is not known (any more).
   *
   * @throws DvceError `DVCE_INPUT_INVALID` when the bitmap does not fit the version's index
   */
  report(node: string, version: string, bitmap: string): void {
    const index = this.indexes.get(version);
    if (index === undefined) return;
    const ofNode = this.#bitmaps.get(node) ?? new Map<string, ChunkBitmap>();
    ofNode.set(version, ChunkBitmap.fromBase64(bitmap, index.chunkCount));
    this.#bitmaps.set(node, ofNode);
    this.#changed(node);
  }

  /**
   * Changes whenever something was taken in or out of what is known of the node. An answer that the node gave before
   * such a change may tell of chunks that it has given up since.
   */
  revision(node: string): number {
    return this.#revisions.get(node) ?? 0;
  }

  /** Takes chunks of a version out: the node was allowed to drop them. */
  drop(node: string, version: string, dropped: ChunkBitmap): void {
    const bitmap = this.bitmap(node, version);
    if (bitmap !== undefined) this.#bitmaps.get(node)?.set(version, bitmap.andNot(dropped));
    this.#changed(node);
  }

  /** A bitmap of the version's length with nothing set; undefined when the version is not known. */
  emptyBitmap(version: string): ChunkBitmap | undefined {
    const index = this.indexes.get(version);
    return index && new ChunkBitmap(index.chunkCount);
  }

  bitmap(node: string, version: string): ChunkBitmap | undefined {
    return this.#bitmaps.get(node)?.get(version);
  }

  /** Image bytes of the version that the node lacks. */
  missingBytes(node: string, version: string): number {
    const index = this.indexes.get(version);
    if (index === undefined) return 0;
    const bitmap = this.bitmap(node, version);
    if (bitmap === undefined) return index.dataBytes;
    const known = this.#missing.get(bitmap);
    if (known !== undefined) return known;
    const missing = bitmap.missingBytes(index);
    this.#missing.set(bitmap, missing);
    return missing;
  }

  forgetNode(node: string): void {
    this.#bitmaps.delete(node);
    this.#changed(node);
  }

  forgetVersion(version: string): void {
    for (const ofNode of this.#bitmaps.values()) ofNode.delete(version);
  }

  #changed(node: string): void {
    this.#revisions.set(node, this.revision(node) + 1);
  }
}
