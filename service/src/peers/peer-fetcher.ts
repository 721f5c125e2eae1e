/**
 * Fetches chunks that this node lacks from nodes that have them.
 *
 * - Misses of one chunk share one fetch. Misses that wait at the same time go out together, one request a source;
 *   while a source answers, new misses gather for the next request.
 * - Each chunk is verified on arrival; one that is damaged, missing at the source, or late is asked of another
 *   source. While no source answers, the fetch waits and tries again, up to a deadline; it never gives up bytes
 *   that are not the chunk's.
 * - Memory: at most `requestsPerSourceMax` requests a source, each streaming; readers hold what they asked for.
 */
import { DvceError } from "@dvce/api";
import { decodeBatchStream, decodeChunkAsync, type EncodedChunk, type ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import type { FetchPriority } from "./fetch-priority";
import type { Source, SourceDirectory } from "./source-directory";
import { SourceLoad } from "./source-load";

/** Streams back a batch with those of the chunks that the agent has. */
export type AskAgent = (
  agentUrl: string,
  digests: readonly string[],
  signal: AbortSignal,
) => Promise<AsyncIterable<Buffer | string>>;

export interface PeerFetcherOptions {
  readonly directory: SourceDirectory;
  readonly askAgent: AskAgent;
  /** Called with every verified chunk, before its readers go on. Resolves when there is room for the next. */
  readonly onChunk: (version: string, chunk: EncodedChunk) => Promise<void>;
  readonly nowMs: () => number;
  readonly logger: FastifyBaseLogger;
  /** How long a read waits for a source before it fails. Default 10 minutes. */
  readonly deadlineMs?: number;
  /** A source that sends nothing for so long is given up for the chunks still asked of it. Default 5 s. */
  readonly silenceMsMax?: number;
  /** Pause after a try that reached no source, doubled up to 16 times as long. Default 250 ms. */
  readonly retryMs?: number;
}

/** Measured at 1 Gbit/s and 1 ms of latency: batches of 64 to 256 chunks fill the wire. */
const batchChunksMax = 256;
const requestsPerSourceMax = 4;

interface Miss {
  readonly index: ImageIndex;
  readonly chunk: number;
  readonly digest: string;
  readonly deadlineAtMs: number;
  readonly priority: FetchPriority;
  /** Sources that failed to give this chunk since the directory was last asked. */
  readonly failedNodes: Set<string>;
  attempts: number;
  readonly resolve: (data: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/** The misses of one version that wait for a request. */
interface Lane {
  readonly waiting: Set<Miss>;
  dispatching: boolean;
  /** Something happened since the waiting misses were last looked at. */
  again: boolean;
}

export class PeerFetcher {
  readonly #options: PeerFetcherOptions;
  readonly #load = new SourceLoad();
  readonly #running = new Map<string, Promise<Buffer>>();
  readonly #lanes = new Map<string, Lane>();
  readonly #requests = new Map<string, number>();
  readonly #closing = new AbortController();

  constructor(options: PeerFetcherOptions) {
    this.#options = options;
  }

  /**
   * The chunk's verified bytes. Waits while no source answers. Throws `DVCE_CHUNK_MISSING` when the deadline
   * passed, or when the agent stops.
   */
  fetch(index: ImageIndex, chunk: number, priority: FetchPriority = "read"): Promise<Buffer> {
    const digest = index.chunkDigest(chunk);
    const running = this.#running.get(digest);
    if (running !== undefined) return running;
    if (this.#closing.signal.aborted) return Promise.reject(stopped());
    const deadlineAtMs = this.#options.nowMs() + (this.#options.deadlineMs ?? 600_000);
    const fetching = new Promise<Buffer>((resolve, reject) => {
      const failedNodes = new Set<string>();
      this.#wait({ index, chunk, digest, deadlineAtMs, priority, failedNodes, attempts: 0, resolve, reject });
    }).finally(() => this.#running.delete(digest));
    this.#running.set(digest, fetching);
    return fetching;
  }

  /** Fails every fetch under way and ends its requests. */
  close(): void {
    this.#closing.abort();
    for (const lane of this.#lanes.values()) for (const miss of lane.waiting) miss.reject(stopped());
    this.#lanes.clear();
  }

  #wait(miss: Miss): void {
    const { version } = miss.index;
    const lane = this.#lanes.get(version) ?? { waiting: new Set(), dispatching: false, again: false };
    this.#lanes.set(version, lane);
    lane.waiting.add(miss);
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
      const [first] = lane.waiting;
      if (first !== undefined) await this.#giveOut(lane, first.index);
    }
    lane.dispatching = false;
  }

  async #giveOut(lane: Lane, index: ImageIndex): Promise<void> {
    let sources: readonly Source[] = [];
    let cause: unknown;
    try {
      const failedBefore = [...lane.waiting].some((miss) => miss.attempts > 0);
      sources = await this.#options.directory.sources(index, failedBefore);
    } catch (error) {
      cause = error;
    }
    const batches = new Map<Source, Miss[]>();
    for (const miss of [...lane.waiting]) {
      const having = sources.filter(
        ({ node, bitmap }) => bitmap.has(miss.chunk) && !miss.failedNodes.has(node),
      );
      if (having.length === 0) {
        lane.waiting.delete(miss);
        this.#retryLater(miss, cause);
        continue;
      }
      const free = having.filter((source) => this.#hasRoom(source, batches.get(source)?.length ?? 0));
      const source = this.#load.least(free, this.#options.nowMs());
      if (source === undefined) continue; // all are busy: it goes out when a request has ended
      const batch = batches.get(source);
      if (batch) batch.push(miss);
      else batches.set(source, [miss]);
      lane.waiting.delete(miss);
      this.#load.asked(source.node, 1);
    }
    for (const [source, batch] of batches) void this.#request(source, batch);
  }

  #hasRoom(source: Source, batched: number): boolean {
    return (this.#requests.get(source.node) ?? 0) < requestsPerSourceMax && batched < batchChunksMax;
  }

  async #request(source: Source, batch: readonly Miss[]): Promise<void> {
    const { node } = source;
    this.#requests.set(node, (this.#requests.get(node) ?? 0) + 1);
    const open = new Map(batch.map((miss) => [miss.digest, miss]));
    let failure: unknown;
    const watch = new Watch(this.#options.silenceMsMax ?? 5_000, this.#closing.signal);
    try {
      const stream = await this.#options.askAgent(source.agentUrl, [...open.keys()], watch.signal);
      for await (const chunk of decodeBatchStream(watch.over(stream))) {
        const miss = open.get(chunk.digest);
        if (miss === undefined) continue; // not asked for, or sent twice
        const data = await decodeChunkAsync(chunk);
        open.delete(chunk.digest);
        this.#load.settled(node, 1);
        watch.pause();
        await this.#options.onChunk(miss.index.version, chunk);
        watch.resume();
        miss.resolve(data);
      }
    } catch (error) {
      failure = error;
    } finally {
      watch.end();
    }
    this.#requests.set(node, (this.#requests.get(node) ?? 1) - 1);
    this.#load.settled(node, open.size);
    if (open.size > 0) {
      const reason = failure instanceof Error ? failure.message : "it does not have them";
      this.#options.logger.warn(
        { node, chunks: open.size, reason },
        "a source did not give all chunks asked of it",
      );
    }
    if (open.size === batch.length) this.#load.failed(node, this.#options.nowMs());
    for (const miss of open.values()) {
      miss.failedNodes.add(node);
      miss.attempts++;
      if (this.#closing.signal.aborted) miss.reject(stopped());
      else this.#wait(miss);
    }
    for (const lane of this.#lanes.values()) if (lane.waiting.size > 0) this.#dispatch(lane);
  }

  /** No source has the chunk now: asks everyone again after a pause. */
  #retryLater(miss: Miss, cause: unknown): void {
    if (this.#options.nowMs() >= miss.deadlineAtMs) {
      miss.reject(
        new DvceError(
          "DVCE_CHUNK_MISSING",
          `No node that answers has chunk ${miss.digest} of version ${miss.index.version}. Start a node that has it.`,
          { cause },
        ),
      );
      return;
    }
    const pauseMs = (this.#options.retryMs ?? 250) * 2 ** Math.min(4, miss.attempts);
    miss.attempts++;
    miss.failedNodes.clear();
    const timer = setTimeout(() => {
      this.#closing.signal.removeEventListener("abort", stop);
      this.#wait(miss);
    }, pauseMs);
    const stop = () => {
      clearTimeout(timer);
      miss.reject(stopped());
    };
    if (this.#closing.signal.aborted) stop();
    else this.#closing.signal.addEventListener("abort", stop, { once: true });
  }
}

function stopped(): DvceError {
  return new DvceError("DVCE_CHUNK_MISSING", "The agent is stopping. Ask again when it has started.");
}

/** Ends a request whose source sends nothing for too long. */
class Watch {
  readonly #abort = new AbortController();
  readonly #silenceMsMax: number;
  readonly #outer: AbortSignal;
  readonly #stop = () => this.#abort.abort();
  #timer: NodeJS.Timeout | undefined;

  constructor(silenceMsMax: number, outer: AbortSignal) {
    this.#silenceMsMax = silenceMsMax;
    this.#outer = outer;
    if (outer.aborted) this.#abort.abort();
    outer.addEventListener("abort", this.#stop, { once: true });
    this.resume();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  resume(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#abort.abort(new Error(`nothing came for ${this.#silenceMsMax} ms`)),
      this.#silenceMsMax,
    );
  }

  async *over(stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer | string> {
    for await (const piece of stream) {
      this.resume();
      yield piece;
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#stop);
  }
}
