/**
 * Decides which waiting misses are asked of which node now. Pure but for the load that it counts.
 *
 * - A chunk is asked of the least loaded node that has it; while other nodes fetch the same version, of its designated
 *   fetcher first, unless that has failed to give it.
 * - What guests wait for goes out at once. The rest goes in large batches, three of a kind at a source: one streams while the
 *   last is being verified and the next prepared, and neither takes the way from what comes after with a higher priority.
 * - Bytes in flight are bounded, apart for reads and the rest and for what comes from holders and what others must fetch first:
 *   a node whose room is taken by chunks that wait for peers can still fetch what those peers wait for.
 */
import { designatedFetcher, type Fetcher } from "./designated-fetcher";
import { fetchPriorities, type FetchPriority } from "./fetch-priority";
import type { Miss, MissQueue } from "./misses";
import type { Source, SourceView } from "./source-directory";
import type { SourceLoad } from "./source-load";

/** What is asked of one node in one request. */
export interface Batch {
  readonly node: string;
  readonly agentUrl: string;
  readonly state: "asked" | "delegated";
  readonly kind: string;
  readonly priority: FetchPriority;
  readonly misses: Miss[];
  sizeBytes: number;
}

export interface PlanOptions {
  readonly self: Fetcher;
  readonly queue: MissQueue;
  readonly view: SourceView;
  readonly load: SourceLoad;
  readonly nowMs: number;
  /** Whether a miss that overtakes this priority waits, of whatever version. */
  readonly overtaken: (priority: FetchPriority) => boolean;
}

export interface Plan {
  /** Taken from the queue and counted in the load. */
  readonly batches: readonly Batch[];
  /** Taken from the queue: no node has these now. */
  readonly nowhere: readonly Miss[];
}

/** Measured at 1 Gbit/s and 1 ms of latency: batches from 64 chunks on fill the wire. Each request costs some 0.5 ms of work. */
const batchChunksMax = 512;
const batchBytesMax = 10 * 1024 * 1024;
/** A smaller batch waits while its source is busy with another: more misses will join it. */
const batchBytesMin = 2 * 1024 * 1024;
const readRequestsMax = 4;
const otherRequestsMax = 3;
/** Bytes in flight of one kind, before compression. */
const inFlightBytesMax = 32 * 1024 * 1024;
/** The same before it is known who else fetches: what is fetched now may be fetched twice. */
const unsettledBytesMax = 1024 * 1024;
/** A chunk is asked of so many designated fetchers before its holders are. */
const delegationsMax = 2;
/** So many misses in a row that find no room end the search: there is room nowhere. */
const blockedMax = 64;

export class RequestPlanner {
  readonly #inFlightBytes = new Map<string, number>();

  /** Takes misses out of the queue into batches. */
  plan(options: PlanOptions): Plan {
    const { queue, load } = options;
    const nowhere: Miss[] = [];
    const batches = new Map<string, Batch>();
    for (const priority of fetchPriorities) {
      if (options.overtaken(priority)) break;
      this.#planPriority(priority, options, batches, nowhere);
    }
    const sent: Batch[] = [];
    for (const batch of batches.values()) {
      if (
        batch.priority !== "read" &&
        batch.sizeBytes < batchBytesMin &&
        load.requests(batch.node, batch.kind) > 0
      ) {
        this.#uncount(load, batch, batch.sizeBytes);
        continue;
      }
      for (const miss of batch.misses) {
        queue.delete(miss);
        miss.state = batch.state;
      }
      load.began(batch.node, batch.kind);
      sent.push(batch);
    }
    return { batches: sent, nowhere };
  }

  /** Bytes of a batch have come, or will not. */
  settled(load: SourceLoad, batch: Batch, sizeBytes: number): void {
    this.#uncount(load, batch, sizeBytes);
  }

  #planPriority(
    priority: FetchPriority,
    options: PlanOptions,
    batches: Map<string, Batch>,
    nowhere: Miss[],
  ): void {
    const { queue, view, load, nowMs } = options;
    let previous: Source | undefined;
    let blocked = 0;
    for (const miss of queue.of(priority)) {
      const having = view.sources.filter(
        ({ node, bitmap }) => bitmap.has(miss.chunk) && !miss.failedNodes.has(node),
      );
      const fetcher = this.#delegate(miss, having, options);
      if (fetcher === undefined && having.length === 0) {
        queue.delete(miss);
        nowhere.push(miss);
        continue;
      }
      const state = fetcher === undefined ? "asked" : "delegated";
      const kind = `${state}/${priority === "read" ? "read" : "other"}`;
      const room = (node: string): boolean => this.#hasRoom(node, kind, miss, options, batches);
      const target: Fetcher | undefined =
        fetcher === undefined
          ? (previous = load.least(
              having.filter(({ node }) => room(node)),
              { nowMs, priority, previous },
            ))
          : room(fetcher.node)
            ? fetcher
            : undefined;
      if (target === undefined) {
        if (++blocked >= blockedMax) return;
        continue; // goes out when a request has ended
      }
      blocked = 0;
      const key = `${kind}/${target.node}`;
      const { node, agentUrl } = target;
      const batch = batches.get(key) ?? { node, agentUrl, state, kind, priority, misses: [], sizeBytes: 0 };
      batches.set(key, batch);
      batch.misses.push(miss);
      batch.sizeBytes += miss.sizeBytes;
      this.#inFlightBytes.set(kind, (this.#inFlightBytes.get(kind) ?? 0) + miss.sizeBytes);
      load.asked(node, miss.sizeBytes);
    }
  }

  /** The other node that gets this chunk for everyone, when that is not known to have it and may still be asked. */
  #delegate(
    miss: Miss,
    having: readonly Source[],
    { self, view, load, nowMs }: PlanOptions,
  ): Fetcher | undefined {
    if (miss.forPeer || miss.failedDelegations >= delegationsMax || view.fetchers.length === 0)
      return undefined;
    const able = view.fetchers.filter(({ node }) => !miss.failedNodes.has(node) && !load.avoids(node, nowMs));
    const fetcher = designatedFetcher(miss.digest, [self, ...able]);
    if (fetcher === undefined || fetcher === self || having.some(({ node }) => node === fetcher.node))
      return undefined;
    return fetcher;
  }

  #hasRoom(
    node: string,
    kind: string,
    miss: Miss,
    { load, view }: PlanOptions,
    batches: ReadonlyMap<string, Batch>,
  ): boolean {
    const reads = miss.priority === "read";
    if (load.requests(node, kind) >= (reads ? readRequestsMax : otherRequestsMax)) return false;
    const inFlightBytes = this.#inFlightBytes.get(kind) ?? 0;
    const unsettled = !view.settled && !reads;
    if (
      inFlightBytes > 0 &&
      inFlightBytes + miss.sizeBytes > (unsettled ? unsettledBytesMax : inFlightBytesMax)
    )
      return false;
    const batch = batches.get(`${kind}/${node}`);
    if (batch === undefined) return true;
    return batch.misses.length < batchChunksMax && batch.sizeBytes + miss.sizeBytes <= batchBytesMax;
  }

  #uncount(load: SourceLoad, { node, kind }: Batch, sizeBytes: number): void {
    this.#inFlightBytes.set(kind, Math.max(0, (this.#inFlightBytes.get(kind) ?? 0) - sizeBytes));
    load.settled(node, sizeBytes);
  }
}
