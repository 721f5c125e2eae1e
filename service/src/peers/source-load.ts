import type { FetchPriority } from "./fetch-priority";

/** After a request that gave nothing. */
const failedAvoidMs = 10_000;
/** After wrong bytes: they come from a bad disk, bad memory or bad software, which seconds do not mend. */
const damagedAvoidMs = 60_000;
/** Sources whose bytes in flight differ by less are equally loaded for those who want much. */
const grainBytes = 1024 * 1024;

interface Load {
  /** Asked of the source and not yet here, before compression. */
  inFlightBytes: number;
  /** All that was asked of it. */
  askedBytes: number;
  avoidedUntilMs: number;
  readonly requests: Map<string, number>;
}

/** How busy this node keeps each source, to spread requests over the replicas and away from those that fail. */
export class SourceLoad {
  readonly #loads = new Map<string, Load>();

  asked(node: string, bytes: number): void {
    const load = this.#of(node);
    load.inFlightBytes += bytes;
    load.askedBytes += bytes;
  }

  /** What was asked has come, or will not. */
  settled(node: string, bytes: number): void {
    const load = this.#of(node);
    load.inFlightBytes = Math.max(0, load.inFlightBytes - bytes);
  }

  /** Requests of a kind under way. */
  requests(node: string, kind: string): number {
    return this.#of(node).requests.get(kind) ?? 0;
  }

  began(node: string, kind: string): void {
    this.#of(node).requests.set(kind, this.requests(node, kind) + 1);
  }

  ended(node: string, kind: string): void {
    this.#of(node).requests.set(kind, Math.max(0, this.requests(node, kind) - 1));
  }

  /** The source gave nothing of a whole request: others are preferred for a while. */
  failed(node: string, nowMs: number): void {
    this.#avoid(node, nowMs + failedAvoidMs);
  }

  /** The source sent other bytes than a chunk's: others are preferred for longer. */
  damaged(node: string, nowMs: number): void {
    this.#avoid(node, nowMs + damagedAvoidMs);
  }

  avoids(node: string, nowMs: number): boolean {
    return this.#of(node).avoidedUntilMs > nowMs;
  }

  /**
   * The source with the least in flight, those to be avoided last. Among equals the one asked least so far; for those who
   * do not read but fetch much, rather `previous`, since neighbouring chunks lie side by side at one source.
   */
  least<S extends { readonly node: string }>(
    sources: readonly S[],
    options: { readonly nowMs: number; readonly priority: FetchPriority; readonly previous?: S | undefined },
  ): S | undefined {
    const { nowMs, priority, previous } = options;
    const grain = priority === "read" ? 1 : grainBytes;
    const rank = (source: S): readonly number[] => {
      const load = this.#of(source.node);
      return [
        load.avoidedUntilMs > nowMs ? 1 : 0,
        Math.floor(load.inFlightBytes / grain),
        grain > 1 && source === previous ? 0 : 1,
        load.askedBytes,
      ];
    };
    let best: S | undefined;
    let bestRank: readonly number[] = [];
    for (const source of sources) {
      const itsRank = rank(source);
      if (best !== undefined && !isLess(itsRank, bestRank)) continue;
      best = source;
      bestRank = itsRank;
    }
    return best;
  }

  #avoid(node: string, untilMs: number): void {
    const load = this.#of(node);
    load.avoidedUntilMs = Math.max(load.avoidedUntilMs, untilMs);
  }

  #of(node: string): Load {
    let load = this.#loads.get(node);
    if (load === undefined) {
      load = { inFlightBytes: 0, askedBytes: 0, avoidedUntilMs: 0, requests: new Map() };
      this.#loads.set(node, load);
    }
    return load;
  }
}

function isLess(a: readonly number[], b: readonly number[]): boolean {
  for (const [i, value] of a.entries()) {
    const other = b[i] ?? 0;
    if (value !== other) return value < other;
  }
  return false;
}
