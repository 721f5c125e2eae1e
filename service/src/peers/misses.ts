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

/** A chunk that is wanted and not here; all who want it share it. */
export interface Miss {
  readonly index: ImageIndex;
  readonly chunk: number;
  readonly digest: string;
  readonly sizeBytes: number;
  readonly deadlineAtMs: number;
  /** The highest of those who want it. */
  priority: FetchPriority;
  state: MissState;
  /** A peer waits for it, so it must come from a node that has it: waiting on would make chains. */
  forPeer: boolean;
  /** Nodes that failed to give it since the directory was last asked. */
  readonly failedNodes: Set<string>;
  /** How often a designated fetcher failed to give it. */
  failedDelegations: number;
  attempts: number;
  /** Somebody wants its bytes, and not only to have it here. */
  wantsData: boolean;
  /** Its bytes, unless nobody wanted them when they came. */
  readonly data: Promise<Buffer | undefined>;
  readonly resolve: (data: Buffer | undefined) => void;
  readonly reject: (error: unknown) => void;
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

  /** Those that wait now, by priority. */
  of(priority: FetchPriority): Miss[] {
    return [...this.#of(priority)];
  }

  first(): Miss | undefined {
    for (const misses of this.#waiting.values()) for (const miss of misses) return miss;
    return undefined;
  }

  #of(priority: FetchPriority): Set<Miss> {
    const misses = this.#waiting.get(priority);
    if (misses === undefined) throw new Error(`no queue for priority ${priority}`);
    return misses;
  }
}
