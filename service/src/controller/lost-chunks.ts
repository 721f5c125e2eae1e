/**
 * Chunks of which every copy is bad, by version: some node has set one aside and found no good copy anywhere, and no node's
 * inventory has one either. While a node has yet to report what it holds, nothing is called lost.
 */
import { lostChunksMax } from "@dvce/api";
import type { History } from "../history/history";
import type { State } from "../state";
import type { IndexCache } from "./index-cache";
import type { Inventories } from "./inventories";
import type { NodeRegistry, PoolNode } from "./node-registry";

export interface LostChunksParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly inventories: Inventories;
  readonly indexes: IndexCache;
  readonly history: History;
}

/** Chunk numbers of a version that nodes call lost. */
interface Suspects {
  /** What the nodes said. */
  readonly of: string;
  readonly numbers: readonly number[];
}

export class LostChunks {
  readonly #suspects = new Map<string, Suspects>();
  /** What the history tells already, as version and digest. */
  readonly #told = new Set<string>();

  constructor(private readonly parts: LostChunksParts) {}

  /** The version's lost chunks by digest, at most {@link lostChunksMax}. */
  ofVersion(version: string): string[] {
    const nodes = this.parts.registry.list().filter((node) => node.state !== "fenced");
    if (nodes.some((node) => node.state === "joining")) return [];
    const index = this.parts.indexes.get(version);
    if (index === undefined) return [];
    return this.#suspectsOf(version, nodes)
      .filter(
        (chunk) =>
          !nodes.some(({ name }) => this.parts.inventories.bitmap(name, version)?.has(chunk) === true),
      )
      .slice(0, lostChunksMax)
      .map((chunk) => index.chunkDigest(chunk));
  }

  /** Tells the history of chunks that were lost since the last call, by image and version. */
  sweep(): void {
    const { state, registry, history } = this.parts;
    if (!registry.list().some((node) => (node.health?.lostChunks.length ?? 0) > 0)) {
      this.#suspects.clear();
      this.#told.clear();
      return;
    }
    for (const version of state.versions.digests()) {
      const fresh = this.ofVersion(version).filter((digest) => !this.#told.has(`${version} ${digest}`));
      if (fresh.length === 0) continue;
      for (const digest of fresh) this.#told.add(`${version} ${digest}`);
      const image = state.imageVersions.ofVersion(version)[0]?.image;
      history.append("lost", {
        version,
        ...(image === undefined ? {} : { image }),
        detail: { chunks: fresh.length, digests: fresh.slice(0, 100) },
      });
    }
  }

  forgetVersion(version: string): void {
    this.#suspects.delete(version);
  }

  #suspectsOf(version: string, nodes: readonly PoolNode[]): readonly number[] {
    const reported = new Set(nodes.flatMap((node) => node.health?.lostChunks ?? []));
    if (reported.size === 0) return [];
    const of = [...reported].sort().join();
    const known = this.#suspects.get(version);
    if (known?.of === of) return known.numbers;
    const index = this.parts.indexes.get(version);
    const numbers: number[] = [];
    for (let chunk = 0; chunk < (index?.chunkCount ?? 0); chunk++) {
      if (reported.has(index?.chunkDigest(chunk) ?? "")) numbers.push(chunk);
    }
    this.#suspects.set(version, { of, numbers });
    return numbers;
  }
}
