/**
 * Fills what a version's boot will read, in the order of its profile, while the boot is still to come or going on.
 * It is an advantage only: without a profile, a controller or a source, the boot reads as it would have.
 *
 * One run a version; another boot of it joins the run. A run ends early when it is stopped: nothing here uses the version
 * any more, or the agent ends.
 */
import { decodeChunkList, isDvceError, type BootProfile } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import { unlessAborted } from "../agent/unless-aborted";
import type { FetchPriority } from "../peers/fetch-priority";
import { extentsOfChunks } from "./chunk-extents";

/** What of a base file a run needs. */
export interface FillableFile {
  readonly index: Pick<ImageIndex, "chunkCount" | "extentAt" | "extentCount">;
  fill(extents: readonly number[], priority: FetchPriority, signal?: AbortSignal): Promise<void>;
}

export interface FetchAheadOptions {
  /** Throws `DVCE_BOOT_PROFILE_NOT_FOUND` when there is none. */
  readonly profileOf: (version: string) => Promise<BootProfile>;
  readonly open: (version: string) => Promise<FillableFile>;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly nowMs: () => number;
  readonly logger: FastifyBaseLogger;
}

/** A controller that is away longer than this is of no use to the boot. */
const retryPausesMs = [500, 1_000, 2_000, 4_000];

export class FetchAhead {
  readonly #options: FetchAheadOptions;
  readonly #runs = new Map<string, { readonly stopping: AbortController; readonly done: Promise<void> }>();

  constructor(options: FetchAheadOptions) {
    this.#options = options;
  }

  /** Starts a run for the version unless one is under way. Never throws. */
  start(version: string): void {
    if (this.#runs.has(version)) return;
    const stopping = new AbortController();
    const done = this.#run(version, stopping.signal).finally(() => this.#runs.delete(version));
    this.#runs.set(version, { stopping, done });
  }

  /** Ends the version's run; what it has asked for already still arrives. */
  stop(version: string): void {
    this.#runs.get(version)?.stopping.abort();
  }

  /** Ends every run, and waits until each has. */
  async close(): Promise<void> {
    const runs = [...this.#runs.values()];
    for (const { stopping } of runs) stopping.abort();
    await Promise.all(runs.map(({ done }) => done));
  }

  async #run(version: string, signal: AbortSignal): Promise<void> {
    const { logger, nowMs, open } = this.#options;
    try {
      const profile = await this.#profile(version, signal);
      if (profile === undefined) return;
      const file = await open(version);
      const chunks = decodeChunkList(profile.chunks, file.index.chunkCount);
      const extents = await extentsOfChunks(file.index, chunks, signal);
      const startedAtMs = nowMs();
      await unlessAborted(file.fill(extents, "ahead", signal), signal);
      const { imageBytes } = profile;
      const figures = { version, chunks: chunks.length, imageBytes, ms: nowMs() - startedAtMs };
      logger.info(figures, "what the version's boot reads was fetched ahead");
    } catch (error) {
      if (signal.aborted) return;
      logger.warn({ err: error, version }, "what the version's boot reads was not all fetched ahead");
    }
  }

  async #profile(version: string, signal: AbortSignal): Promise<BootProfile | undefined> {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        return await this.#options.profileOf(version);
      } catch (error) {
        if (isDvceError(error, "DVCE_BOOT_PROFILE_NOT_FOUND")) return undefined;
        const pauseMs = retryPausesMs[attempt];
        if (!isDvceError(error) || !error.retryable || pauseMs === undefined) throw error;
        await this.#options.sleep(pauseMs, signal);
      }
    }
  }
}
