/**
 * The bytes of a version that each node lacks, for a plan. A node's own report counts every chunk that it has, whichever
 * image brought it there. Of a version that a node has not reported yet (it was announced a moment ago, or the node could not
 * be asked), what it holds through other versions is worked out here, from the chunks that the versions share.
 *
 * Which chunks two versions share never changes. It is found with {@link Locality.prepare}, a version at a time with others
 * served in between, and only for versions that some node has not reported.
 */
import { ChunkBitmap, digestSizeBytes, type ImageIndex } from "@dvce/image";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { State } from "../state";
import type { IndexCache } from "./index-cache";
import type { Inventories } from "./inventories";

export interface LocalityParts {
  readonly state: State;
  readonly inventories: Inventories;
  readonly indexes: IndexCache;
}

/** Chunks that a version shares with another: its chunk `numbers[2 i]` is chunk `numbers[2 i + 1]` there. */
type SharedChunks = Uint32Array;

/** Versions for which it is remembered what they share with others: about eight bytes a chunk and version. */
const rememberedMax = 16;

export class Locality {
  /** What a version shares with each other one; the one that was asked for last is last. */
  readonly #shared = new Map<string, Map<string, SharedChunks>>();
  /** What a bitmap says of other versions. Bitmaps are shared by nodes and never change. */
  readonly #translated = new WeakMap<ChunkBitmap, Map<string, ChunkBitmap>>();

  constructor(private readonly parts: LocalityParts) {}

  /** Makes ready for {@link missingBytes} of these versions. */
  async prepare(versions: Iterable<string>, nodes: readonly string[]): Promise<void> {
    for (const version of new Set(versions)) {
      const isReported = nodes.every((node) => this.parts.inventories.bitmap(node, version) !== undefined);
      if (!isReported) await this.#compare(version);
    }
  }

  missingBytes(node: string, version: string): number {
    const { inventories, indexes } = this.parts;
    const shared = this.#shared.get(version);
    if (shared === undefined || inventories.bitmap(node, version) !== undefined)
      return inventories.missingBytes(node, version);
    const index = indexes.get(version);
    if (index === undefined) return 0;
    let held = new ChunkBitmap(index.chunkCount);
    for (const other of inventories.reported(node)) {
      const numbers = shared.get(other);
      const bitmap = inventories.bitmap(node, other);
      if (numbers === undefined || bitmap === undefined) continue;
      held = held.or(this.#translate(index, numbers, bitmap));
    }
    return held.missingBytes(index);
  }

  forgetVersion(version: string): void {
    this.#shared.delete(version);
    for (const shared of this.#shared.values()) shared.delete(version);
  }

  async #compare(version: string): Promise<void> {
    const { state, indexes } = this.parts;
    const index = indexes.get(version);
    if (index === undefined) return;
    const shared = this.#shared.get(version) ?? new Map<string, SharedChunks>();
    this.#shared.delete(version);
    this.#shared.set(version, shared);
    for (const oldest of this.#shared.keys()) {
      if (this.#shared.size <= rememberedMax) break;
      this.#shared.delete(oldest);
    }
    let digests: Buffer | undefined;
    for (const other of state.versions.digests()) {
      if (other === version || shared.has(other)) continue;
      digests ??= digestsOf(index);
      const otherIndex = indexes.get(other);
      if (otherIndex !== undefined) shared.set(other, sharedChunks(digests, otherIndex));
      await yieldToOthers();
    }
  }

  #translate(index: ImageIndex, numbers: SharedChunks, bitmap: ChunkBitmap): ChunkBitmap {
    const ofBitmap = this.#translated.get(bitmap) ?? new Map<string, ChunkBitmap>();
    this.#translated.set(bitmap, ofBitmap);
    const known = ofBitmap.get(index.version);
    if (known !== undefined) return known;
    const translated = new ChunkBitmap(index.chunkCount);
    for (let i = 0; i < numbers.length; i += 2)
      if (bitmap.has(numbers[i + 1] ?? 0)) translated.set(numbers[i] ?? 0);
    ofBitmap.set(index.version, translated);
    return translated;
  }
}

function digestsOf(index: ImageIndex): Buffer {
  const digests = Buffer.alloc(index.chunkCount * digestSizeBytes);
  for (let i = 0; i < index.chunkCount; i++) digests.write(index.chunkDigest(i), i * digestSizeBytes, "hex");
  return digests;
}

function sharedChunks(digests: Buffer, other: ImageIndex): SharedChunks {
  const numbers: number[] = [];
  for (let i = 0; i * digestSizeBytes < digests.length; i++) {
    const number = other.chunkNumber(digests, i * digestSizeBytes);
    if (number >= 0) numbers.push(i, number);
  }
  return Uint32Array.from(numbers);
}
