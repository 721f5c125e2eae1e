/**
 * Chunks of a version read on behalf of someone outside the pool: passed through from a node that has them, or checked
 * where they lie.
 */
import { DvceError, type Verified, type VerifyRequest } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import type { Agents } from "../agent-link/agents";
import type { IndexCache } from "./index-cache";
import type { Inventories } from "./inventories";
import type { NodeRegistry } from "./node-registry";

export interface ImageReadsParts {
  readonly registry: NodeRegistry;
  readonly inventories: Inventories;
  readonly indexes: IndexCache;
  readonly agents: Agents;
}

export class ImageReads {
  readonly #parts: ImageReadsParts;

  constructor(parts: ImageReadsParts) {
    this.#parts = parts;
  }

  /**
   * A batch with those of the chunks that one node has: the one that has the most of them, then, with each attempt, another.
   *
   * @throws DvceError `DVCE_VERSION_NOT_FOUND`; `DVCE_INPUT_INVALID` for numbers that the version does not have;
   *   `DVCE_CHUNK_MISSING` when no node that is there has any; `DVCE_NODE_UNREACHABLE`
   */
  async read(version: string, chunks: readonly number[], attempt: number): Promise<NodeJS.ReadableStream> {
    const { registry, inventories, agents } = this.#parts;
    const index = this.#index(version);
    const digests = chunks.map((chunk) => {
      if (chunk < index.chunkCount) return index.chunkDigest(chunk);
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `Version ${version} has ${index.chunkCount} chunks, so none of the number ${chunk}.`,
      );
    });
    const holders = registry
      .list()
      .filter(({ state }) => state !== "unreachable" && state !== "fenced")
      .map(({ name }) => {
        const bitmap = inventories.bitmap(name, version);
        return { name, has: chunks.filter((chunk) => bitmap?.has(chunk) === true).length };
      })
      .filter(({ has }) => has > 0)
      .sort((a, b) => b.has - a.has || (a.name < b.name ? -1 : 1));
    const holder = holders[attempt % Math.max(1, holders.length)];
    if (holder === undefined) {
      throw new DvceError(
        "DVCE_CHUNK_MISSING",
        `No node that is there has any of the ${chunks.length} chunks from ${digests[0] ?? ""} of version ${version}. ` +
          "Bring back the nodes that hold it, or push the image again.",
      );
    }
    return agents.of(holder.name).fetchChunks(digests);
  }

  /**
   * What a node finds when it re-reads some of its chunks.
   *
   * @throws DvceError `DVCE_VERSION_NOT_FOUND`; `DVCE_NODE_NOT_FOUND`; `DVCE_NODE_UNREACHABLE`
   */
  async verify(version: string, { node, firstChunk, chunks }: VerifyRequest): Promise<Verified> {
    this.#index(version);
    return this.#parts.agents.of(node).verifyChunks(version, { firstChunk, chunks });
  }

  #index(version: string): ImageIndex {
    const index = this.#parts.indexes.get(version);
    if (index !== undefined) return index;
    throw new DvceError("DVCE_VERSION_NOT_FOUND", `The pool knows no version ${version}.`);
  }
}
