/**
 * Keeps this thread awake while a client is likely to go on at once. A guest that waits for every read asks again some
 * 10 µs after its answer; to wake a sleeping thread takes 30 to 60 µs on a machine whose processors idle, for every read
 * anew. QEMU waits for its devices in the same way, for 32 µs by default (`poll-max-ns`).
 *
 * It costs a processor for `pollMs` after an answer to a client that asked within `soonMs` of the answer before: nothing
 * while guests are quiet, and less than a third of one processor in the worst case, one read every `soonMs`.
 */
const pollMs = 0.06;
const soonMs = 0.2;

export class BusyPoll {
  readonly #nowMs: () => number;
  readonly #afterOtherEvents: (task: () => void) => void;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #isSoon = false;
  #untilMs = 0;
  #isPolling = false;

  /** @param afterOtherEvents calls back after one look for what has come, without sleeping before */
  constructor(
    nowMs: () => number = () => performance.now(),
    afterOtherEvents: (task: () => void) => void = setImmediate,
  ) {
    this.#nowMs = nowMs;
    this.#afterOtherEvents = afterOtherEvents;
  }

  /** A client asks for something. */
  asked(): void {
    this.#isSoon = this.#nowMs() - this.#answeredMs < soonMs;
  }

  /** A client was given something. */
  answered(): void {
    this.#answeredMs = this.#nowMs();
    if (!this.#isSoon) return;
    this.#untilMs = this.#answeredMs + pollMs;
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#afterOtherEvents(this.#poll);
  }

  readonly #poll = (): void => {
    this.#isPolling = this.#nowMs() < this.#untilMs;
    if (this.#isPolling) this.#afterOtherEvents(this.#poll);
  };
}
