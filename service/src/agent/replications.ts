/**
 * Versions that this node was told to hold whole: their missing chunks are fetched from peers in the background. Nothing is
 * written down: whoever asked asks again until the inventory says that all is here.
 */
import type { FastifyBaseLogger } from "fastify";
import type { ChunkReader } from "../peers/chunk-reader";
import type { Inventory } from "./inventory";
import type { KnownVersion } from "./known-versions";

export interface ReplicationsOptions {
  readonly requireVersion: (version: string) => Promise<KnownVersion>;
  readonly inventory: Pick<Inventory, "bitmapOf">;
  readonly reader: Pick<ChunkReader, "bring">;
  readonly logger: FastifyBaseLogger;
}

export class Replications {
  readonly #options: ReplicationsOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopping = new AbortController();

  constructor(options: ReplicationsOptions) {
    this.#options = options;
  }

  /** Starts fetching what is missing, unless that is under way. Throws `DVCE_VERSION_NOT_FOUND`. */
  async start(version: string): Promise<void> {
    const { index } = await this.#options.requireVersion(version);
    if (this.#running.has(version) || this.#stopping.signal.aborted) return;
    const present = this.#options.inventory.bitmapOf(version);
    const missing: number[] = [];
    for (let chunk = 0; chunk < index.chunkCount; chunk++)
      if (present?.has(chunk) !== true) missing.push(chunk);
    if (missing.length === 0) return;
    const work = this.#options.reader
      .bring(index, missing, { priority: "background", signal: this.#stopping.signal })
      .catch((error: unknown) => {
        if (this.#stopping.signal.aborted) return;
        this.#options.logger.warn({ err: error, version }, "a version cannot be fetched whole yet");
      })
      .finally(() => this.#running.delete(version));
    this.#running.set(version, work);
  }

  async close(): Promise<void> {
    this.#stopping.abort(new Error("the agent stops"));
    await Promise.all(this.#running.values());
  }
}
