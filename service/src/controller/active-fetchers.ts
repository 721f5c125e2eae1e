/**
 * Which nodes fetch which version now: those that asked lately who has its chunks. In memory only; a controller that
 * restarts learns it anew within seconds, since nodes ask again while they fetch.
 */
import type { Clock } from "../state/clock";

/** Nodes that fetch ask at least every two seconds; an answer may be late. */
export const activeMs = 10_000;

export class ActiveFetchers {
  readonly #clock: Clock;
  /** When each node asked last, by version. */
  readonly #asked = new Map<string, Map<string, number>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A node asked who has the version's chunks. */
  asked(version: string, node: string): void {
    const nodes = this.#asked.get(version) ?? new Map<string, number>();
    this.#asked.set(version, nodes);
    nodes.set(node, this.#clock());
  }

  /** Nodes that asked within {@link activeMs}, by name. */
  of(version: string): readonly string[] {
    const nodes = this.#asked.get(version);
    if (nodes === undefined) return [];
    for (const [node, atMs] of nodes) if (this.#clock() - atMs > activeMs) nodes.delete(node);
    if (nodes.size === 0) this.#asked.delete(version);
    return [...nodes.keys()].sort();
  }

  /** Drops what is not active any more, also of versions that nobody asks for. */
  prune(): void {
    for (const version of [...this.#asked.keys()]) this.of(version);
  }
}
