import type { FetchPriority } from "../peers/fetch-priority";

const order: readonly FetchPriority[] = ["read", "ahead", "background"];

/** Lets at most so many tasks run at a time; those that wait go on by priority, and in order within one. */
export class FillGate {
  readonly #runningMax: number;
  readonly #waiting = new Map<FetchPriority, (() => void)[]>(order.map((priority) => [priority, []]));
  #running = 0;

  constructor(runningMax: number) {
    this.#runningMax = runningMax;
  }

  async run<T>(priority: FetchPriority, task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#runningMax) {
      await new Promise<void>((resolve) => this.#waiting.get(priority)?.push(resolve)); // takes over a place
    } else this.#running++;
    try {
      return await task();
    } finally {
      const next = order.map((each) => this.#waiting.get(each)).find((queue) => queue?.length);
      if (next === undefined) this.#running--;
      else next.shift()?.();
    }
  }
}
