/** What a node lacks and wants: misses, and those of one version that wait to be asked for. */
import type { ImageIndex } from "@dvce/image";
import { fetchPriorities, overtakes, type FetchPriority } from "./fetch-priority";

/** Where a miss is on its way. */
export type MissState =
  /** In its queue, or pausing because no source has it now. */
  | "waiting"
  /** Asked of a node that has it: it comes without anyone else's help. */
  | "asked"
  /** Asked of its designated fetcher, which may have to fetch it first. */
  | "delegated";

/** How a fetch ended: the chunk is here, with its bytes unless nobody wanted them when it came; or why it is not. */
export type Outcome =
  | { readonly here: true; readonly data: Buffer | undefined }
  | { readonly here: false; readonly error: unknown };

/** A chunk that is wanted and not here; all who want it share it. */
export class Miss {
  readonly index: ImageIndex;
  readonly chunk: number;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly deadlineAtMs: number;
  /** The highest of those who want it. */
  priority: FetchPriority;
  state: MissState = "waiting";
  /** A peer waits for it, so it must come from a node that has it: waiting on would make chains. */
  forPeer = false;
  /** Nodes that failed to give it since the directory was last asked. */
  readonly failedNodes = new Set<string>();
  /** How often a designated fetcher failed to give it. */
  failedDelegations = 0;
  attempts = 0;
  /** Somebody wants its bytes, and not only to have it here. */
  wantsData = false;
  readonly #onEnd: ((outcome: Outcome) => void)[] = [];
  #outcome: Outcome | undefined;

  constructor(wanted: Pick<Miss, "index" | "chunk" | "digest" | "deadlineAtMs" | "priority">) {
    this.index = wanted.index;
    this.chunk = wanted.chunk;
    this.digest = wanted.digest;
    this.sizeBytes = wanted.index.chunkSizeBytes(wanted.chunk);
    this.deadlineAtMs = wanted.deadlineAtMs;
    this.priority = wanted.priority;
  }

  /** Calls back once: when the fetch ends, or now if it has. Promises would cost more, and a version has many chunks. */
  onEnd(callback: (outcome: Outcome) => void): void {
    if (this.#outcome === undefined) this.#onEnd.push(callback);
    else callback(this.#outcome);
  }

  end(outcome: Outcome): void {
    this.#outcome = outcome;
    for (const callback of this.#onEnd.splice(0)) callback(outcome);
  }
}

/** The waiting misses of one version, each priority in the order in which they came. */
export class MissQueue {
  readonly #waiting = new Map<FetchPriority, Set<Miss>>(
    fetchPriorities.map((priority) => [priority, new Set<Miss>()]),
  );

  get size(): number {
    let size = 0;
    for (const misses of this.#waiting.values()) size += misses.size;
    return size;
  }

  count(priority: FetchPriority): number {
    return this.#of(priority).size;
  }

  has(miss: Miss): boolean {
    return this.#of(miss.priority).has(miss);
  }

  add(miss: Miss): void {
    this.#of(miss.priority).add(miss);
  }

  delete(miss: Miss): void {
    this.#of(miss.priority).delete(miss);
  }

  /** Gives a miss a higher priority; a lower one changes nothing. */
  raise(miss: Miss, priority: FetchPriority): void {
    if (!overtakes(priority, miss.priority)) return;
    const waits = this.#of(miss.priority).delete(miss);
    miss.priority = priority;
    if (waits) this.add(miss);
  }

  /** Those that wait; each may be deleted while they are gone through. */
  of(priority: FetchPriority): Iterable<Miss> {
    return this.#of(priority);
  }

  #of(priority: FetchPriority): Set<Miss> {
    const misses = this.#waiting.get(priority);
    if (misses === undefined) throw new Error(`no queue for priority ${priority}`);
    return misses;
  }
}
