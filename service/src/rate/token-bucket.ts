/**
 * Holds a flow of bytes to a rate. A token bucket by virtual scheduling (ITU-T I.371, "generic cell rate algorithm"):
 * it keeps one time, at which everything let through so far would have flowed at the rate.
 *
 * Invariant: in any T seconds at most `rate × T + burst` bytes pass, plus one request, since a request is never divided.
 * Requests pass in the order in which they came.
 */
import { setTimeout as sleepFor } from "node:timers/promises";

export interface TokenBucketOptions {
  /** Infinity lets everything through at once. */
  readonly bytesPerSecond: number;
  /** What may pass at once after a pause. Default a tenth of a second's flow. */
  readonly burstBytes?: number;
  readonly nowMs?: () => number;
  /** Rejects with the signal's reason when it is aborted. */
  readonly sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

export class TokenBucket {
  readonly bytesPerSecond: number;
  readonly #burstMs: number;
  readonly #nowMs: () => number;
  readonly #sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** When the bytes let through so far would all have flowed. */
  #drainedAtMs = Number.NEGATIVE_INFINITY;

  /** Throws `RangeError` when the rate is not positive or the burst is negative. */
  constructor(options: TokenBucketOptions) {
    const { bytesPerSecond, burstBytes = bytesPerSecond / 10 } = options;
    if (!(bytesPerSecond > 0))
      throw new RangeError(`a rate of ${bytesPerSecond} bytes per second lets nothing through`);
    if (!(burstBytes >= 0)) throw new RangeError(`a burst of ${burstBytes} bytes`);
    this.bytesPerSecond = bytesPerSecond;
    this.#burstMs = bytesPerSecond === Infinity ? 0 : (burstBytes / bytesPerSecond) * 1000;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#sleep = options.sleep ?? sleepUntilAborted;
  }

  /**
   * Resolves when this many bytes may pass. A request that is aborted while it waits rejects with the signal's reason,
   * and its bytes are counted as passed, so that those behind it keep their times.
   */
  async take(bytes: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.bytesPerSecond === Infinity || bytes <= 0) return;
    const nowMs = this.#nowMs();
    const beforeMs = Math.max(this.#drainedAtMs, nowMs);
    this.#drainedAtMs = beforeMs + (bytes / this.bytesPerSecond) * 1000;
    const waitMs = beforeMs - this.#burstMs - nowMs;
    if (waitMs > 0) await this.#sleep(waitMs, signal);
  }
}

async function sleepUntilAborted(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleepFor(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
