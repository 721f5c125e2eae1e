/**
 * Re-reads a store at a bounded rate, for ever, and heals what is bad. Pure: the disk, the peers, time and waiting are ports.
 *
 * The store quarantines what it finds bad, so it is not served from then on; `repair` brings a good copy from a base file or a
 * peer and puts it back. What nobody can give is lost until somebody can: it is tried again after every pass, every `retryMs`,
 * and when a reader has found something.
 */
import { setTimeout as sleepFor } from "node:timers/promises";
import type { Digest } from "@dvce/image";
import type { ChunkStore } from "../store";

/** What happened to a bad chunk. `found` is told once a chunk, then `healed` or `lost`; `healed` may follow `lost`. */
export interface ScrubFinding {
  readonly digest: Digest;
  readonly outcome: "found" | "healed" | "lost";
  /** What is wrong with the chunk, in words. */
  readonly reason: string;
}

/** What is to be kept over restarts. */
export interface ScrubProgress {
  /** Where the pass under way goes on; undefined at its beginning. */
  readonly cursor: string | undefined;
  /** End of the last whole pass, in milliseconds since 1970. */
  readonly lastFinishedAtMs: number | undefined;
}

export interface ScrubState extends ScrubProgress {
  /** Bytes checked since the process started. */
  readonly checkedBytes: number;
  /** Bad chunks found, and healed, since the process started. */
  readonly found: number;
  readonly healed: number;
  /** Chunks that are bad here and that no peer could give when last asked. */
  readonly lost: readonly Digest[];
}

export interface ScrubberOptions {
  readonly store: Pick<ChunkStore, "verifyNext" | "quarantined" | "has">;
  /** Brings a good copy from a peer and puts it into the store. Answers whether there was one; may throw likewise. */
  readonly repair: (digest: Digest, signal: AbortSignal) => Promise<boolean>;
  /** Holds the reading to its rate. */
  readonly bucket: { take(bytes: number, signal?: AbortSignal): Promise<void> };
  readonly onFinding: (finding: ScrubFinding) => void;
  /** Called when a pass could not go on; it is tried again after `retryMs`. */
  readonly onFailure?: (error: unknown) => void;
  /** Called after each portion. */
  readonly onProgress?: (progress: ScrubProgress) => void;
  /** Where to go on. Default at the beginning. */
  readonly progress?: ScrubProgress;
  /** Read between two looks at the bucket. Default 4 MiB. */
  readonly portionBytes?: number;
  /** Shortest time from one pass's end to the next one's; `never` only heals what others find. Default a day. */
  readonly passEveryMs?: number | "never";
  /** How long until what is lost is tried again. Default 5 minutes. */
  readonly retryMs?: number;
  readonly nowMs?: () => number;
  /** Rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class Scrubber {
  readonly #options: ScrubberOptions;
  readonly #nowMs: () => number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #woken = new AbortController();
  #progress: ScrubProgress;
  #checkedBytes = 0;
  #found = 0;
  #healed = 0;
  /** Bad chunks that were told of, and whether they were told to be lost. */
  readonly #told = new Map<Digest, "found" | "lost">();

  constructor(options: ScrubberOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? Date.now;
    this.#sleep = options.sleep ?? ((ms, signal) => sleepFor(ms, undefined, { signal }));
    this.#progress = options.progress ?? { cursor: undefined, lastFinishedAtMs: undefined };
  }

  get state(): ScrubState {
    const lost = this.#options.store
      .quarantined()
      .map(({ digest }) => digest)
      .filter((digest) => this.#told.get(digest) === "lost");
    return {
      ...this.#progress,
      checkedBytes: this.#checkedBytes,
      found: this.#found,
      healed: this.#healed,
      lost,
    };
  }

  /** Passes over the store again and again, until `stop`. */
  start(): void {
    this.#running ??= this.#run(this.#stop.signal);
  }

  /** A reader found something bad: it is healed soon, and not only when it is next time to look. */
  wake(): void {
    this.#woken.abort();
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("the scrubber is stopped"));
    await this.#running;
  }

  /** One pass over the store from where the last one stopped, with repairs. Throws what the store throws. */
  async pass(signal: AbortSignal = this.#stop.signal): Promise<void> {
    const { store, bucket, portionBytes = 4 * 1024 * 1024 } = this.#options;
    await this.repairQuarantined(signal); // what readers found meanwhile
    let cursor = this.#progress.cursor;
    do {
      signal.throwIfAborted();
      const verified = await store.verifyNext(cursor, portionBytes);
      cursor = verified.cursor;
      this.#checkedBytes += verified.checkedBytes;
      const lastFinishedAtMs = cursor === undefined ? this.#nowMs() : this.#progress.lastFinishedAtMs;
      this.#progress = { cursor, lastFinishedAtMs };
      this.#options.onProgress?.(this.#progress);
      if (verified.bad.length > 0 || this.#woken.signal.aborted) await this.repairQuarantined(signal);
      await bucket.take(verified.checkedBytes, signal);
    } while (cursor !== undefined);
  }

  /** Tries to heal everything that is quarantined, whoever found it. */
  async repairQuarantined(signal: AbortSignal = this.#stop.signal): Promise<void> {
    const { store, repair, onFinding } = this.#options;
    this.#woken = new AbortController(); // what is found from here on may not be seen by this look
    for (const { digest, reason } of store.quarantined()) {
      signal.throwIfAborted();
      if (!this.#told.has(digest)) {
        this.#told.set(digest, "found");
        this.#found++;
        onFinding({ digest, outcome: "found", reason });
      }
      const healed = (await repair(digest, signal).catch(() => false)) && store.has(digest);
      signal.throwIfAborted(); // a repair that was cut off says nothing about the peers
      if (healed) {
        this.#healed++;
        this.#told.delete(digest);
        onFinding({ digest, outcome: "healed", reason });
      } else if (this.#told.get(digest) !== "lost") {
        this.#told.set(digest, "lost");
        onFinding({ digest, outcome: "lost", reason });
      }
    }
    this.#forget();
  }

  /** Chunks that left the quarantine another way: put again by a reader, collected, deleted. */
  #forget(): void {
    const bad = new Set(this.#options.store.quarantined().map(({ digest }) => digest));
    for (const digest of this.#told.keys()) if (!bad.has(digest)) this.#told.delete(digest);
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { passEveryMs = 24 * 3600 * 1000, retryMs = 5 * 60 * 1000, onFailure } = this.#options;
    try {
      while (!signal.aborted) {
        const { cursor, lastFinishedAtMs } = this.#progress;
        const isDue =
          passEveryMs !== "never" &&
          (cursor !== undefined || (lastFinishedAtMs ?? -Infinity) + passEveryMs <= this.#nowMs());
        try {
          await (isDue ? this.pass(signal) : this.repairQuarantined(signal));
        } catch (error) {
          if (signal.aborted) return;
          onFailure?.(error);
        }
        const { signal: woken } = this.#woken;
        await this.#sleep(retryMs, AbortSignal.any([signal, woken])).catch((error: unknown) => {
          if (!woken.aborted) throw error;
        });
        signal.throwIfAborted();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
