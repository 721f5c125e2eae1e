/**
 * The bytes of a version that each node lacks, for a plan. A node's own report counts every chunk that it has, whichever
 * image brought it there. Of a version that a node has not reported yet (it was announced a moment ago, or the node could not
 * be asked), what it holds through other versions is worked out here, from the chunks that the versions share.
 *
 * Which chunks versions share never changes. It is found with {@link Locality.prepare}, a version at a time with others served
 * in between, and only for versions that some node has not reported. Each chunk is looked up in one other version, the one
 * that most nodes have reported: a report of that tells whether the node has the chunk, wherever from. A node that has not
 * reported that version either counts as lacking the chunk.
 */
import { digestSizeBytes, type ImageIndex } from "@dvce/image";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { State } from "../state";
import type { IndexCache } from "./index-cache";
import type { Inventories } from "./inventories";

export interface LocalityParts {
  readonly state: State;
  readonly inventories: Inventories;
  readonly indexes: IndexCache;
}

/** What is known of a version's chunks in other versions. */
interface Shares {
  /** Versions that were looked at. */
  readonly compared: Set<string>;
  /** By version: chunk `[2 i]` of this one is chunk `[2 i + 1]` there. No chunk of this one is in two of them. */
  readonly byVersion: Map<string, Uint32Array>;
  /** One byte a chunk: 1 when it is in one of them. */
  readonly covered: Uint8Array;
}

/** Versions for which it is remembered what they share with others, about nine bytes a chunk. */
const rememberedMax = 16;

export class Locality {
  /** The one that was asked for last is last. */
  readonly #shares = new Map<string, Shares>();

  constructor(private readonly parts: LocalityParts) {}

  /** Makes ready for {@link missingBytes} of these versions on these nodes. */
  async prepare(versions: Iterable<string>, nodes: readonly string[]): Promise<void> {
    for (const version of new Set(versions)) {
      const isReported = nodes.every((node) => this.parts.inventories.bitmap(node, version) !== undefined);
      if (!isReported) await this.#compare(version);
    }
  }

  missingBytes(node: string, version: string): number {
    const { inventories, indexes } = this.parts;
    const shares = this.#shares.get(version);
    if (shares === undefined || inventories.bitmap(node, version) !== undefined)
      return inventories.missingBytes(node, version);
    const index = indexes.get(version);
    let missing = index?.dataBytes ?? 0;
    for (const [other, numbers] of shares.byVersion) {
      const bitmap = inventories.bitmap(node, other);
      if (bitmap === undefined || index === undefined) continue;
      for (let i = 0; i < numbers.length; i += 2)
        if (bitmap.has(numbers[i + 1] ?? 0)) missing -= index.chunkSizeBytes(numbers[i] ?? 0);
    }
    return missing;
  }

  forgetVersion(version: string): void {
    this.#shares.delete(version);
    for (const [other, { byVersion }] of this.#shares) if (byVersion.has(version)) this.#shares.delete(other);
  }

  async #compare(version: string): Promise<void> {
    const { state, indexes, inventories } = this.parts;
    const index = indexes.get(version);
    if (index === undefined) return;
    const shares = this.#remember(version, index);
    // Versions that nobody has reported tell nothing, and are looked at when somebody has.
    const isTelling = (other: string) => other !== version && inventories.reporterCount(other) > 0;
    const fresh = state.versions.digests().filter((other) => isTelling(other) && !shares.compared.has(other));
    if (fresh.length === 0) return;
    const digests = digestsOf(index);
    const found: { other: string; numbers: number[] }[] = [];
    for (const other of fresh) {
      const otherIndex = indexes.get(other);
      if (otherIndex !== undefined)
        found.push({ other, numbers: sharedChunks(digests, otherIndex, shares.covered) });
      await yieldToOthers();
    }
    // From here to the end nothing waits.
    const reporters = new Map(found.map(({ other }) => [other, inventories.reporterCount(other)]));
    const told = (other: string) => reporters.get(other) ?? 0;
    found.sort((a, b) => told(b.other) - told(a.other) || b.numbers.length - a.numbers.length);
    for (const { other, numbers } of found) {
      if (told(other) === 0 || shares.compared.has(other)) continue;
      shares.compared.add(other);
      const own: number[] = [];
      for (let i = 0; i < numbers.length; i += 2) {
        const chunk = numbers[i] ?? 0;
        if (shares.covered[chunk] === 1) continue;
        shares.covered[chunk] = 1;
        own.push(chunk, numbers[i + 1] ?? 0);
      }
      if (own.length > 0) shares.byVersion.set(other, Uint32Array.from(own));
    }
  }

  /** What is known of the version, as the one that was asked for last. */
  #remember(version: string, index: ImageIndex): Shares {
    const shares = this.#shares.get(version) ?? {
      compared: new Set<string>(),
      byVersion: new Map<string, Uint32Array>(),
      covered: new Uint8Array(index.chunkCount),
    };
    this.#shares.delete(version);
    this.#shares.set(version, shares);
    for (const oldest of this.#shares.keys()) {
      if (this.#shares.size <= rememberedMax) break;
      this.#shares.delete(oldest);
    }
    return shares;
  }
}

function digestsOf(index: ImageIndex): Buffer {
  const digests = Buffer.alloc(index.chunkCount * digestSizeBytes);
  for (let i = 0; i < index.chunkCount; i++) digests.write(index.chunkDigest(i), i * digestSizeBytes, "hex");
  return digests;
}

/** Pairs of chunk numbers, here and in `other`, of chunks that are not covered. */
function sharedChunks(digests: Buffer, other: ImageIndex, covered: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let i = 0; i < covered.length; i++) {
    if (covered[i] === 1) continue;
    const number = other.chunkNumber(digests, i * digestSizeBytes);
    if (number >= 0) numbers.push(i, number);
  }
  return numbers;
}
