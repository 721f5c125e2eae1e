import type { Source } from "./source-directory";

const avoidMs = 10_000;

/** How busy this node keeps each source, to spread requests over the replicas. */
export class SourceLoad {
  readonly #inFlight = new Map<string, number>();
  readonly #served = new Map<string, number>();
  readonly #failedAtMs = new Map<string, number>();

  /** Chunks asked of the source and not yet here. */
  inFlight(node: string): number {
    return this.#inFlight.get(node) ?? 0;
  }

  asked(node: string, chunks: number): void {
    this.#inFlight.set(node, this.inFlight(node) + chunks);
    this.#served.set(node, (this.#served.get(node) ?? 0) + chunks);
  }

  settled(node: string, chunks: number): void {
    this.#inFlight.set(node, Math.max(0, this.inFlight(node) - chunks));
  }

  /** The source gave nothing of a whole request: others are preferred for a while. */
  failed(node: string, nowMs: number): void {
    this.#failedAtMs.set(node, nowMs);
  }

  /** The source with the least in flight; among equals the one asked least so far. Lately failed ones come last. */
  least(sources: readonly Source[], nowMs: number): Source | undefined {
    let best: Source | undefined;
    for (const source of sources) {
      if (best === undefined || this.#compare(source.node, best.node, nowMs) < 0) best = source;
    }
    return best;
  }

  #avoided(node: string, nowMs: number): number {
    const atMs = this.#failedAtMs.get(node);
    return atMs !== undefined && nowMs - atMs < avoidMs ? 1 : 0;
  }

  #compare(a: string, b: string, nowMs: number): number {
    return (
      this.#avoided(a, nowMs) - this.#avoided(b, nowMs) ||
      this.inFlight(a) - this.inFlight(b) ||
      (this.#served.get(a) ?? 0) - (this.#served.get(b) ?? 0)
    );
  }
}
