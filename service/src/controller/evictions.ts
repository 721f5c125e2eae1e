/**
 * Approves that nodes drop replicas. An approval and the removal of its chunks from the inventory are one step with no
 * wait between them, so of two nodes that ask at once the second is judged without the first one's copies.
 *
 * What makes an inventory trustworthy enough to drop bytes on its word:
 * - the node stops reporting the chunks before it asks, and numbers the request like its reports; a report made earlier that
 *   arrives later is refused, so it cannot bring the chunks back;
 * - what a node answers to an index (`putVersion`) counts only if nothing else was heard of it meanwhile;
 * - a node that registers again counts for nothing until it has reported everything;
 * - a node drops only what an answer approved. One that loses the answer keeps the chunks and reports them again.
 */
import { DvceError, type EvictionReply, type EvictionRequest, type NodeHealth } from "@dvce/api";
import { ChunkBitmap, DigestTable, type ImageIndex } from "@dvce/image";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { History } from "../history/history";
import type { State } from "../state";
import {
  decideEviction,
  type EvictionDecision,
  type OtherNode,
  type SharedChunks,
  type SharingVersion,
} from "./eviction-rules";
import type { IndexCache } from "./index-cache";
import type { Inventories } from "./inventories";
import type { NodeRegistry, PoolNode } from "./node-registry";
import type { ControllerSettings } from "./settings";

export interface EvictionsParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly inventories: Inventories;
  readonly indexes: IndexCache;
  readonly history: History;
  readonly settings: ControllerSettings;
  /** The rule; others are for tests that must catch a wrong one. */
  readonly decide?: typeof decideEviction;
}

/** Chunks of indexes that are looked at before others are served. */
const chunksAtATime = 20_000;

export class Evictions {
  constructor(private readonly parts: EvictionsParts) {}

  /**
   * Which of the chunks the node may drop now. From the answer on they are not counted as the node's, in any version.
   *
   * @throws DvceError `DVCE_NODE_NOT_FOUND`; `DVCE_NODE_EPOCH_STALE` for another epoch and for a request that a later report
   *   has overtaken; `DVCE_VERSION_NOT_FOUND`; `DVCE_INPUT_INVALID` for a bitmap that does not fit the index
   */
  async approve(node: string, request: EvictionRequest): Promise<EvictionReply> {
    const { registry, indexes, state } = this.parts;
    const isLatest = registry.admit(node, request.epoch, request.sequence);
    const index = indexes.get(request.version);
    if (index === undefined) throw notKnown(request.version);
    const wanted = ChunkBitmap.fromBase64(request.bitmap, index.chunkCount);
    const digests = digestsOf(index, wanted);
    const shared = new Map<string, SharedChunks>();
    // Versions that come while this waits are looked at too, until a look finds none new.
    for (let versions = state.versions.digests(); ;) {
      const fresh = versions.filter((version) => !shared.has(version));
      if (fresh.length === 0) break;
      for (const version of fresh) shared.set(version, await this.#share(version, digests));
      versions = state.versions.digests();
    }
    // From here to the end nothing waits.
    if (!isLatest()) {
      throw new DvceError(
        "DVCE_NODE_EPOCH_STALE",
        `Node ${node} reported again while it was asked which chunks it may drop. Drop none, and ask again.`,
      );
    }
    const rows = state.versions.digests().flatMap((version) => state.versions.get(version) ?? []);
    const decision = (this.parts.decide ?? decideEviction)({
      node,
      others: registry.list().flatMap((other) => (other.name === node ? [] : this.#other(other))),
      versions: rows.flatMap((row): SharingVersion[] => {
        const chunks = shared.get(row.version);
        return chunks === undefined || chunks.wanted.length === 0 ? [] : [{ ...row, ...chunks }];
      }),
      wanted: registry.get(node).state === "fenced" ? new ChunkBitmap(wanted.length) : wanted,
      replicas: this.parts.settings.replicas,
    });
    this.#record(node, request.version, index, decision, shared);
    return { approved: decision.approved.toBase64() };
  }

  #other(node: PoolNode): OtherNode {
    const { inventories } = this.parts;
    const up = node.state === "ready" || node.state === "cordoned" || node.state === "draining";
    return {
      name: node.name,
      good: up && isSound(node.health),
      ready: node.state === "ready",
      bitmap: (version) => inventories.bitmap(node.name, version),
      whole: (version) => inventories.missingBytes(node.name, version) === 0,
    };
  }

  /** Writes what was decided, and takes what was approved out of every version's inventory. */
  #record(
    node: string,
    version: string,
    index: ImageIndex,
    { approved, retargeted }: EvictionDecision,
    shared: ReadonlyMap<string, SharedChunks>,
  ): void {
    const chunks = approved.count();
    if (chunks === 0) return;
    const { state, history, inventories } = this.parts;
    const image = state.imageVersions.ofVersion(version)[0]?.image;
    state.transaction(() => {
      for (const change of retargeted) state.versions.setTargets(change.version, change.targets);
      history.append("evicted", {
        node,
        version,
        ...(image === undefined ? {} : { image }),
        detail: { chunks, bytes: index.dataBytes - approved.missingBytes(index), retargeted },
      });
    });
    for (const [other, { wanted, numbers }] of shared) {
      const bitmap = inventories.bitmap(node, other);
      if (bitmap === undefined) continue;
      const dropped = new ChunkBitmap(bitmap.length);
      wanted.forEach((chunk, i) => {
        if (approved.has(chunk)) dropped.set(numbers[i] ?? 0);
      });
      inventories.drop(node, other, dropped);
    }
  }

  /** Where the chunks lie in another version. */
  async #share(version: string, digests: WantedDigests): Promise<SharedChunks> {
    const index = this.parts.indexes.get(version);
    const shared = { wanted: [] as number[], numbers: [] as number[] };
    for (let number = 0; number < (index?.chunkCount ?? 0); number++) {
      if (number % chunksAtATime === chunksAtATime - 1) await yieldToOthers();
      const entry = digests.table.find(Buffer.from(index?.chunkDigest(number) ?? "", "hex"));
      if (entry < 0) continue;
      shared.wanted.push(digests.numbers[entry] ?? 0);
      shared.numbers.push(number);
    }
    return shared;
  }
}

/**
 * Whether a node's disk is to be relied on. Chunks that no peer could heal are in no inventory, and so count nowhere; they may
 * stay for as long as a version names them, and say nothing of the rest.
 */
function isSound(health: NodeHealth | null): boolean {
  if (health === null) return true;
  return health.quarantinedChunks <= health.lostChunks.length && health.storeStopped === null;
}

interface WantedDigests {
  readonly table: DigestTable;
  /** Of each entry of the table, its chunk number in the request. */
  readonly numbers: readonly number[];
}

function digestsOf(index: ImageIndex, wanted: ChunkBitmap): WantedDigests {
  const table = new DigestTable(Math.max(1, wanted.count()));
  const numbers: number[] = [];
  for (let i = 0; i < wanted.length; i++) {
    if (!wanted.has(i)) continue;
    table.add(Buffer.from(index.chunkDigest(i), "hex"));
    numbers.push(i);
  }
  return { table, numbers };
}

const notKnown = (version: string) =>
  new DvceError(
    "DVCE_VERSION_NOT_FOUND",
    `The pool knows no version ${version}: nothing refers to its chunks as far as this version goes.`,
  );
