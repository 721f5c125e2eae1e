/**
 * What this node has to tell the pool's history. Each event goes with every heartbeat until one is answered. What happened
 * since the last heartbeat is told as one event of its kind, so that a bad disk does not flood anybody.
 */
import type { NodeEvent } from "@dvce/api";

const eventsMax = 1_000;
const digestsMax = 100;

export class NodeEvents {
  #events: NodeEvent[] = [];
  #number = 0;
  /** Events up to this one have been sent and must not change any more. */
  #sentNumber = 0;

  add(kind: NodeEvent["kind"], chunks: number, bytes: number, digests: readonly string[] = []): void {
    const at = this.#events.findLastIndex((event) => event.kind === kind);
    const last = this.#events[at];
    const full = this.#events.length >= eventsMax;
    // A full list gathers even into what was sent, at the risk that it was told already.
    if (last !== undefined && (last.number > this.#sentNumber || full)) {
      this.#events[at] = {
        ...last,
        chunks: last.chunks + chunks,
        bytes: last.bytes + bytes,
        digests: [...last.digests, ...digests].slice(0, digestsMax),
      };
      return;
    }
    if (full) this.#events.shift(); // nobody has answered for a long time: the oldest goes
    const number = ++this.#number;
    this.#events.push({ number, kind, chunks, bytes, digests: digests.slice(0, digestsMax) });
  }

  /** What is to be sent now. */
  take(): readonly NodeEvent[] {
    this.#sentNumber = this.#number;
    return [...this.#events];
  }

  /** A heartbeat with these was answered. */
  acknowledge(events: readonly NodeEvent[]): void {
    const told = events.at(-1)?.number ?? 0;
    this.#events = this.#events.filter((event) => event.number > told);
  }

  get changed(): boolean {
    return this.#events.length > 0;
  }
}
