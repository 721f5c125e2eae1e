/**
 * Fetches chunks that this node lacks from nodes that have them.
 *
 * - All who want one chunk share its fetch. Misses that wait at the same time go out together, see request-planner.ts for
 *   what is asked of whom; while a source answers, new misses gather for the next request.
 * - Reads overtake the rest: they have requests of their own, and while one is under way the others hold back.
 * - Each chunk is verified on arrival and handed to `onChunks` at once, so that this node serves it to others. One that is
 *   damaged, missing at the source, late, or was still to come when the source died is asked of another source; what came is not
 *   asked again. While no source answers, the fetch waits and tries again, up to a deadline; it never gives bytes that are not
 *   the chunk's.
 * - Nodes that fetch one version at a time divide its chunks, see designated-fetcher.ts. `supply` serves the peers that wait
 *   for this node's. It waits only for what this node gets from a holder, never for what it waits for at a third node: so nobody
 *   waits in a circle, and every wait is bounded.
 * - Memory: bytes in flight are bounded by the planner; readers hold what they asked for.
 */
import { DvceError } from "@dvce/api";
import type { EncodedChunk, ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import { setTimeout as sleep } from "node:timers/promises";
import { designatedFetcher, type Fetcher } from "./designated-fetcher";
import { fetchPriorities, overtakes, type FetchPriority } from "./fetch-priority";
import { Miss, MissQueue, type Outcome } from "./misses";
import { readBatch, type ChunkDecoder } from "./peer-request";
import { RequestPlanner, type Batch } from "./request-planner";
import { SilenceWatch } from "./silence-watch";
import type { SourceDirectory, SourceView } from "./source-directory";
import { SourceLoad } from "./source-load";
import { TransferLimits } from "./transfer-limits";

/** What a peer is asked. */
export interface AgentRequest {
  readonly agentUrl: string;
  readonly digests: readonly string[];
  /** The peer gets chunks that it lacks and is to fetch for others, and answers when they have arrived. */
  readonly wait?: { readonly version: string; readonly priority: FetchPriority; readonly waitMs: number };
  readonly signal: AbortSignal;
}

/** Streams back a batch with those of the chunks that the agent has. */
export type AskAgent = (request: AgentRequest) => Promise<AsyncIterable<Buffer | string>>;

export interface PeerFetcherOptions {
  /** This node's name. */
  readonly self: string;
  readonly directory: SourceDirectory;
  readonly askAgent: AskAgent;
  /** Tells an agent that chunks which it sent are damaged. */
  readonly reportDamage: (agentUrl: string, digests: readonly string[]) => Promise<void>;
  readonly decoder: ChunkDecoder;
  /** Called with all verified chunks, before their readers go on. Resolves when there is room for the next. */
  readonly onChunks: (version: string, chunks: readonly EncodedChunk[]) => Promise<void>;
  readonly nowMs: () => number;
  readonly logger: FastifyBaseLogger;
  /** Default none. */
  readonly limits?: TransferLimits;
  /** How long a read waits for a source before it fails. Default 10 minutes. */
  readonly deadlineMs?: number;
  /** A source that sends nothing for so long is given up for the chunks still asked of it. Default 5 s. */
  readonly silenceMsMax?: number;
  /** Pause after a try that reached no source, doubled up to 16 times as long. Default 250 ms. */
  readonly retryMs?: number;
  /** How long a designated fetcher may take to get one more chunk. Default 2 s for reads, 20 s for the rest. */
  readonly waitMs?: { readonly read: number; readonly other: number };
}

/** A request that holds back for reads lets a piece through after this time, so that it goes on however many reads there are. */
const holdBackMsMax = 20;
const holdBackTickMs = 4;

/** A request under way. */
interface OpenRequest {
  /** Those of its misses that have not come. */
  readonly misses: ReadonlyMap<string, Miss>;
  /** The highest of theirs. */
  priority: FetchPriority;
}

/** Who wants a chunk. */
interface Wanter {
  /** Its bytes, and not only to have it here. */
  readonly wantsData: boolean;
  readonly onEnd?: (outcome: Outcome) => void;
}

interface Lane {
  readonly index: ImageIndex;
  readonly queue: MissQueue;
  dispatching: boolean;
  /** Something happened since the waiting misses were last looked at. */
  again: boolean;
}

export class PeerFetcher {
  readonly #options: PeerFetcherOptions;
  readonly #self: Fetcher;
  readonly #limits: TransferLimits;
  readonly #load = new SourceLoad();
  readonly #planner = new RequestPlanner();
  readonly #running = new Map<string, Miss>();
  readonly #lanes = new Map<string, Lane>();
  readonly #open = new Set<OpenRequest>();
  readonly #closing = new AbortController();

  constructor(options: PeerFetcherOptions) {
    this.#options = options;
    this.#self = { node: options.self, agentUrl: "" };
    this.#limits = options.limits ?? new TransferLimits();
  }

  /**
   * The chunk's verified bytes. Waits while no source answers. Throws `DVCE_CHUNK_MISSING` when the deadline
   * passed, or when the agent stops.
   */
  async fetch(index: ImageIndex, chunk: number, priority: FetchPriority = "read"): Promise<Buffer> {
    for (;;) {
      const outcome = await new Promise<Outcome>((resolve) => {
        this.#want(index, chunk, priority, { wantsData: true, onEnd: resolve });
      });
      if (!outcome.here) throw outcome.error;
      if (outcome.data !== undefined) return outcome.data; // else it was being verified for others, who did not want its bytes
    }
  }

  /** As {@link fetch}, for those who only want the chunk to be here. It is verified all the same. */
  bring(index: ImageIndex, chunk: number, priority: FetchPriority, onEnd: (outcome: Outcome) => void): void {
    this.#want(index, chunk, priority, { wantsData: false, onEnd });
  }

  /** Raises the priority of a fetch under way; does nothing when there is none. */
  hurry(index: ImageIndex, chunk: number, priority: FetchPriority): void {
    const miss = this.#running.get(index.chunkDigest(chunk));
    if (miss !== undefined) this.#raise(miss, priority);
  }

  /**
   * Gets a chunk for a peer that waits for it, when it is this node's to get: it is being got from a holder already, or this
   * node is its designated fetcher. Whether the chunk has come.
   */
  async supply(index: ImageIndex, chunk: number, priority: FetchPriority): Promise<boolean> {
    try {
      const digest = index.chunkDigest(chunk);
      let miss = this.#running.get(digest);
      if (miss?.state !== "asked" && miss?.forPeer !== true) {
        const { fetchers } = await this.#options.directory.view(index);
        if (designatedFetcher(digest, [this.#self, ...fetchers]) !== this.#self) return false;
        miss = this.#want(index, chunk, priority, { wantsData: false });
        if (miss.state === "delegated") return false;
        miss.forPeer = true;
      }
      this.#raise(miss, priority);
      const wanted = miss;
      const { here } = await new Promise<Outcome>((resolve) => wanted.onEnd(resolve));
      return here;
    } catch {
      return false; // whoever else wants it here is told why
    }
  }

  /** Fails every fetch under way and ends its requests. */
  close(): void {
    this.#closing.abort();
    for (const miss of [...this.#running.values()]) this.#end(miss, { here: false, error: stopped() });
    this.#lanes.clear();
  }

  #want(index: ImageIndex, chunk: number, priority: FetchPriority, wanter: Wanter): Miss {
    const digest = index.chunkDigest(chunk);
    const running = this.#running.get(digest);
    const deadlineAtMs = this.#options.nowMs() + (this.#options.deadlineMs ?? 600_000);
    const miss = running ?? new Miss({ index, chunk, digest, deadlineAtMs, priority });
    miss.wantsData ||= wanter.wantsData;
    if (wanter.onEnd !== undefined) miss.onEnd(wanter.onEnd);
    if (running !== undefined) this.#raise(miss, priority);
    else if (this.#closing.signal.aborted) this.#end(miss, { here: false, error: stopped() });
    else {
      this.#running.set(digest, miss);
      this.#wait(miss);
    }
    return miss;
  }

  #end(miss: Miss, outcome: Outcome): void {
    if (this.#running.get(miss.digest) === miss) this.#running.delete(miss.digest);
    miss.end(outcome);
  }

  #raise(miss: Miss, priority: FetchPriority): void {
    if (!overtakes(priority, miss.priority)) return;
    const lane = this.#lanes.get(miss.index.version);
    lane?.queue.raise(miss, priority);
    miss.priority = priority;
    for (const request of this.#open)
      if (request.misses.has(miss.digest) && overtakes(priority, request.priority))
        request.priority = priority;
    if (lane?.queue.has(miss) === true) this.#dispatch(lane);
  }

  #wait(miss: Miss): void {
    const { index } = miss;
    const lane = this.#lanes.get(index.version) ?? {
      index,
      queue: new MissQueue(),
      dispatching: false,
      again: false,
    };
    this.#lanes.set(index.version, lane);
    miss.state = "waiting";
    lane.queue.add(miss);
    this.#dispatch(lane);
  }

  /** Gives a version's waiting misses to sources, once those of the current turn have all gathered. */
  #dispatch(lane: Lane): void {
    lane.again = true;
    if (lane.dispatching) return;
    lane.dispatching = true;
    setImmediate(() => {
      void this.#dispatchAll(lane);
    });
  }

  async #dispatchAll(lane: Lane): Promise<void> {
    while (lane.again && !this.#closing.signal.aborted) {
      lane.again = false;
      if (lane.queue.size > 0 && (await this.#giveOut(lane))) this.#dispatchOthers(lane);
    }
    lane.dispatching = false;
    if (lane.queue.size === 0 && !lane.again) this.#lanes.delete(lane.index.version);
  }

  /** Others may have waited for misses that overtake theirs. */
  #dispatchOthers(lane: Lane | undefined): void {
    for (const other of this.#lanes.values())
      if (other !== lane && other.queue.size > 0) this.#dispatch(other);
  }

  /** Whether any miss left the queue. */
  async #giveOut(lane: Lane): Promise<boolean> {
    let view: SourceView | undefined;
    let cause: unknown;
    try {
      view = await this.#options.directory.view(lane.index, failedBefore(lane.queue));
    } catch (error) {
      cause = error;
    }
    const { batches, nowhere } = this.#planner.plan({
      self: this.#self,
      queue: lane.queue,
      view: view ?? { sources: [], fetchers: [], settled: true, lost: new Set() },
      load: this.#load,
      nowMs: this.#options.nowMs(),
      overtaken: (priority) => this.#isOvertaken(priority),
    });
    for (const miss of nowhere) this.#retryLater(miss, view, cause);
    for (const batch of batches) void this.#request(batch);
    return batches.length + nowhere.length > 0;
  }

  #isOvertaken(priority: FetchPriority): boolean {
    const higher = fetchPriorities.filter((other) => overtakes(other, priority));
    return [...this.#lanes.values()].some(({ queue }) => higher.some((other) => queue.count(other) > 0));
  }

  async #request(batch: Batch): Promise<void> {
    const { node, agentUrl, misses, state } = batch;
    const { nowMs, askAgent, decoder, silenceMsMax = 5_000 } = this.#options;
    const startedAtMs = nowMs();
    const version = misses[0]?.index.version ?? "";
    const open = new Map(misses.map((miss) => [miss.digest, miss]));
    const request: OpenRequest = { misses: open, priority: batch.priority };
    const urgent = () => request.priority === "read";
    const waitMs = state === "asked" ? 0 : this.#waitMsOf(batch.priority);
    const damaged: string[] = [];
    let failure: unknown;
    const watch = new SilenceWatch(silenceMsMax, waitMs, this.#closing.signal);
    this.#open.add(request);
    try {
      const stream = await askAgent({
        agentUrl,
        digests: [...open.keys()],
        signal: watch.signal,
        ...(state === "asked" ? {} : { wait: { version, priority: batch.priority, waitMs } }),
      });
      await readBatch({
        stream: this.#admit(watch.over(stream), node, urgent),
        decoder,
        urgent,
        wants: (digest) => open.has(digest),
        wantsData: (digest) => open.get(digest)?.wantsData === true,
        onChunks: async (chunks) => {
          await this.#options.onChunks(
            version,
            chunks.map(({ chunk }) => chunk),
          );
          for (const { chunk, data } of chunks) {
            const miss = open.get(chunk.digest);
            if (miss === undefined) continue; // came twice
            open.delete(chunk.digest);
            this.#planner.settled(this.#load, batch, miss.sizeBytes);
            this.#end(miss, { here: true, data });
          }
        },
        onDamaged: (digest, error) => {
          this.#options.logger.error({ node, digest, err: error }, "a peer sent a damaged chunk");
          damaged.push(digest);
        },
      });
    } catch (error) {
      failure = error;
    } finally {
      watch.end();
      this.#open.delete(request);
    }
    this.#load.ended(node, batch.kind);
    if (damaged.length > 0) this.#report(node, agentUrl, damaged);
    const left = [...open.values()];
    if (left.length === misses.length) {
      // A fetcher that answers at once that a chunk is not its to get has not failed.
      const slow = failure !== undefined || nowMs() - startedAtMs >= waitMs;
      if (slow) this.#load.failed(node, nowMs());
    }
    if (left.length > 0) this.#logLeft(batch, left.length, failure);
    for (const miss of left) {
      this.#planner.settled(this.#load, batch, miss.sizeBytes);
      miss.failedNodes.add(node);
      if (state === "delegated") miss.failedDelegations++;
      else miss.attempts++;
      if (!this.#closing.signal.aborted) this.#wait(miss);
    }
    this.#dispatchOthers(undefined);
  }

  /** Holds a source's bytes to the limits, and back while guests wait for other bytes. */
  async *#admit(
    stream: AsyncIterable<Buffer | string>,
    node: string,
    urgent: () => boolean,
  ): AsyncGenerator<Buffer | string> {
    for await (const piece of stream) {
      await this.#limits.take(node, piece.length, this.#closing.signal);
      for (let heldMs = 0; heldMs < holdBackMsMax && !urgent() && this.#readsRun(); heldMs += holdBackTickMs)
        await sleep(holdBackTickMs);
      yield piece;
    }
  }

  #readsRun(): boolean {
    for (const { priority } of this.#open) if (priority === "read") return true;
    return false;
  }

  #waitMsOf(priority: FetchPriority): number {
    const { read, other } = this.#options.waitMs ?? { read: 2_000, other: 20_000 };
    return priority === "read" ? read : other;
  }

  #report(node: string, agentUrl: string, digests: readonly string[]): void {
    this.#load.damaged(node, this.#options.nowMs());
    this.#options.reportDamage(agentUrl, digests).catch((error: unknown) => {
      this.#options.logger.warn({ node, err: error }, "a peer could not be told that its chunks are damaged");
    });
  }

  #logLeft({ node, state }: Batch, chunks: number, failure: unknown): void {
    if (this.#closing.signal.aborted) return;
    const reason = failure instanceof Error ? failure.message : "it does not have them";
    const message = "a source did not give all chunks asked of it";
    if (failure === undefined && state === "delegated")
      this.#options.logger.debug({ node, chunks, reason }, message);
    else this.#options.logger.warn({ node, chunks, reason }, message);
  }

  /** No source has the chunk now: asks everyone again after a pause. */
  #retryLater(miss: Miss, view: SourceView | undefined, cause: unknown): void {
    if (this.#options.nowMs() >= miss.deadlineAtMs) {
      this.#end(miss, { here: false, error: missing(miss, view, cause) });
      return;
    }
    const pauseMs = (this.#options.retryMs ?? 250) * 2 ** Math.min(4, miss.attempts);
    miss.attempts++;
    miss.failedNodes.clear();
    miss.failedDelegations = 0;
    const timer = setTimeout(() => {
      if (!this.#closing.signal.aborted) this.#wait(miss);
    }, pauseMs);
    miss.onEnd(() => clearTimeout(timer));
  }
}

/** An answer of the directory that came before these failures is not good enough. */
function failedBefore(queue: MissQueue): boolean {
  for (const priority of fetchPriorities)
    for (const { attempts } of queue.of(priority)) if (attempts > 0) return true;
  return false;
}

function missing({ digest, index }: Miss, view: SourceView | undefined, cause: unknown): DvceError {
  const image = view?.image === undefined ? "" : ` of image ${view.image}`;
  const what = `chunk ${digest} of version ${index.version}${image}`;
  const message =
    view?.lost.has(digest) === true
      ? `Every copy of ${what} in the pool is damaged. Push the image again.`
      : `No node that answers has ${what}. Start a node that has it.`;
  return new DvceError("DVCE_CHUNK_MISSING", message, { cause });
}

function stopped(): DvceError {
  return new DvceError("DVCE_CHUNK_MISSING", "The agent is stopping. Ask again when it has started.");
}
