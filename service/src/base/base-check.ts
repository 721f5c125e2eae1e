/**
 * Reads base files again at a bounded rate, and fills again what is not the image's any more: reads of guests believe
 * what is in a base file, and QEMU reads whole ones by itself. One pass a day over all of them, the first a while after
 * the start.
 */
import type { FastifyBaseLogger } from "fastify";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { BaseFiles } from "./base-files";

export interface BaseCheckOptions {
  readonly files: Pick<BaseFiles, "versions" | "open">;
  /** Holds the reading to its rate. */
  readonly bucket: { take(bytes: number, signal?: AbortSignal): Promise<void> };
  /** Bad places were found in a version's base file, and filled again where their chunks can be had. */
  readonly onFound: (version: string, extents: readonly number[]) => void;
  readonly logger: FastifyBaseLogger;
}

const portionBytes = 4 * 1024 * 1024;
const firstPassAfterMs = 10 * 60_000;
const passEveryMs = 24 * 3600_000;

export class BaseCheck {
  readonly #options: BaseCheckOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: BaseCheckOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** One pass over all base files. Throws the signal's reason. */
  async pass(signal: AbortSignal = this.#stop.signal): Promise<void> {
    const { files, bucket, onFound, logger } = this.#options;
    for (const version of files.versions()) {
      try {
        const file = await files.open(version);
        for (let next: number | undefined = 0; next !== undefined;) {
          signal.throwIfAborted();
          const verified = await file.verify(next, portionBytes);
          if (verified.bad.length > 0) onFound(version, verified.bad);
          next = verified.next;
          await bucket.take(verified.checkedBytes, signal);
        }
      } catch (error) {
        signal.throwIfAborted();
        logger.warn({ err: error, version }, "a base file cannot be checked now");
      }
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let pauseMs = firstPassAfterMs; !signal.aborted; pauseMs = passEveryMs) {
      await sleepFor(pauseMs, undefined, { signal, ref: false })
        .then(() => this.pass(signal))
        .catch(() => undefined); // stopped; a pass tells of its own failures
    }
  }
}
