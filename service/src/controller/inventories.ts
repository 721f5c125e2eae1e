import { ChunkBitmap, type ImageIndex } from "@dvce/image";
import type { IndexCache } from "./index-cache";

/** What some nodes have of a version: those that have the same share one of these. */
interface Held {
  /** Never changes. */
  readonly bitmap: ChunkBitmap;
  readonly missingBytes: number;
  readonly fingerprint: string;
  nodes: number;
}

/**
 * Which node has which chunks, in memory only: nodes report it again to a controller that does not know.
 * A node that reported nothing about a version has none of it.
 *
 * Nodes mostly hold a version whole, not at all, or as far as it shares chunks with another one. So equal bitmaps are kept
 * once, and what each lacks is counted when it is reported, from the bitmap that it replaces: a plan asks for a thousand
 * nodes at once and must not wait. The bitmaps that are answered are shared; callers must not change them.
 */
export class Inventories {
  readonly #nodes = new Map<string, Map<string, Held>>();
  /** Of each version, by fingerprint. */
  readonly #held = new Map<string, Map<string, Held>>();
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
    this.#put(node, index, ChunkBitmap.fromBase64(bitmap, index.chunkCount));
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
    const index = this.indexes.get(version);
    if (bitmap !== undefined && index !== undefined) this.#put(node, index, bitmap.andNot(dropped));
    this.#changed(node);
  }

  bitmap(node: string, version: string): ChunkBitmap | undefined {
    return this.#nodes.get(node)?.get(version)?.bitmap;
  }

  /** A bitmap of the version's length with nothing set; undefined when the version is not known. */
  emptyBitmap(version: string): ChunkBitmap | undefined {
    const index = this.indexes.get(version);
    return index && new ChunkBitmap(index.chunkCount);
  }

  /** Image bytes of the version that the node lacks, as far as it has reported. */
  missingBytes(node: string, version: string): number {
    return this.#nodes.get(node)?.get(version)?.missingBytes ?? this.indexes.get(version)?.dataBytes ?? 0;
  }

  /** How many nodes have reported the version. */
  reporterCount(version: string): number {
    let count = 0;
    for (const { nodes } of this.#held.get(version)?.values() ?? []) count += nodes;
    return count;
  }

  forgetNode(node: string): void {
    for (const [version, held] of this.#nodes.get(node) ?? []) this.#release(version, held);
    this.#nodes.delete(node);
    this.#changed(node);
  }

  forgetVersion(version: string): void {
    for (const ofNode of this.#nodes.values()) ofNode.delete(version);
    this.#held.delete(version);
  }

  #put(node: string, index: ImageIndex, bitmap: ChunkBitmap): void {
    const { version } = index;
    const ofNode = this.#nodes.get(node) ?? new Map<string, Held>();
    this.#nodes.set(node, ofNode);
    const before = ofNode.get(version);
    const held = this.#share(index, bitmap, before);
    held.nodes++;
    ofNode.set(version, held);
    if (before !== undefined) this.#release(version, before);
  }

  /** The one that nodes with the same bitmap have, or a new one. */
  #share(index: ImageIndex, bitmap: ChunkBitmap, before: Held | undefined): Held {
    const ofVersion = this.#held.get(index.version) ?? new Map<string, Held>();
    this.#held.set(index.version, ofVersion);
    const fingerprint = bitmap.fingerprint();
    const known = ofVersion.get(fingerprint);
    if (known !== undefined) return known;
    const missingBytes =
      before === undefined
        ? bitmap.missingBytes(index)
        : bitmap.missingBytesFrom(index, before.bitmap, before.missingBytes);
    const held: Held = { bitmap, missingBytes, fingerprint, nodes: 0 };
    ofVersion.set(fingerprint, held);
    return held;
  }

  #release(version: string, held: Held): void {
    if (--held.nodes === 0) this.#held.get(version)?.delete(held.fingerprint);
  }

  #changed(node: string): void {
    this.#revisions.set(node, this.revision(node) + 1);
  }
}
