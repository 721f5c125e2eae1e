/**
 * Fills the rest of each version that a volume here uses, in the background and at a bounded rate, so that the volume
 * comes to need no peer, and in the end not even this agent (the base file is whole).
 *
 * - Waits while a boot is going on. A guest's read overtakes what is asked for here.
 * - One version after another, in image order, some MiB at a time; the rate is that of image bytes.
 * - Remembers nothing: the base file's map says what is there, so a restart goes on where it was.
 * - While no source has a chunk, or images may take no more of the disk, the version is tried again later and others get their
 *   turn.
 */
import type { ImageIndex } from "@dvce/image";
import type { HydrationState } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import { setImmediate as nextTurn } from "node:timers/promises";
import { unlessAborted } from "../agent/unless-aborted";
import type { FetchPriority } from "../peers/fetch-priority";

/** What of a base file hydration needs. */
export interface HydratableFile {
  readonly index: Pick<ImageIndex, "extentAt" | "extentCount">;
  readonly presence: { has(extent: number): boolean };
  /** Every byte is in the file, durably. */
  readonly whole: boolean;
  fill(extents: readonly number[], priority: FetchPriority, signal?: AbortSignal): Promise<void>;
}

export interface HydratorOptions {
  /** Versions that volumes here use. */
  readonly versions: () => Iterable<string>;
  readonly open: (version: string) => Promise<HydratableFile>;
  readonly isWhole: (version: string) => boolean;
  /** Whether a boot would not be disturbed now. */
  readonly mayRun: (version: string) => boolean;
  /** Whether images may take so many bytes more of the disk now. When not, somebody tries to make room for them. */
  readonly hasRoom: (bytes: number) => Promise<boolean>;
  /** Holds the flow to the rate. */
  readonly bucket: { take(bytes: number, signal?: AbortSignal): Promise<void> };
  readonly nowMs: () => number;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: FastifyBaseLogger;
}

const batchBytesMax = 4 * 1024 * 1024;
/** Extents looked at in one go while searching for missing ones. */
const scanExtentsMax = 65_536;
const idleMs = 1_000;
/** After a failure. */
const retryMs = 30_000;
/** A batch that takes longer waits for a source. */
const stalledMs = 15_000;

interface Progress {
  /** Where the search for missing extents goes on. */
  cursor: number;
  /** The search found something since it last began at the first extent. */
  found: boolean;
  /** The search went through and found nothing. */
  done: boolean;
  /** Not tried again before; after a failure. */
  pausedUntilMs: number;
}

export class Hydrator {
  readonly #options: HydratorOptions;
  readonly #progress = new Map<string, Progress>();
  readonly #stopping = new AbortController();
  #batch: { readonly version: string; readonly startedAtMs: number } | undefined;
  #running: Promise<void> | undefined;

  constructor(options: HydratorOptions) {
    this.#options = options;
  }

  /** Runs in the background until it is closed. */
  start(): void {
    this.#running ??= this.#run();
  }

  /** What goes on with a version that is not hydrated yet. */
  stateOf(version: string): Exclude<HydrationState, "hydrated" | "off"> {
    const { mayRun, nowMs } = this.#options;
    if ((this.#progress.get(version)?.pausedUntilMs ?? 0) > nowMs()) return "paused";
    const batch = this.#batch;
    if (batch?.version === version) return nowMs() - batch.startedAtMs >= stalledMs ? "paused" : "hydrating";
    return mayRun(version) ? "hydrating" : "waiting";
  }

  /** Starts nothing new; a batch that waits for a source is left to the base file, which fails it when it closes. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { sleep, logger } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const version = this.#next();
      try {
        if (version === undefined) await sleep(idleMs, signal);
        else await this.#step(version, signal);
      } catch (error) {
        if (signal.aborted || version === undefined) continue;
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ version, reason }, "a version cannot be hydrated now; trying again later");
        this.#of(version).pausedUntilMs = this.#options.nowMs() + retryMs;
      }
    }
  }

  /** A version that lacks something and may be filled now. */
  #next(): string | undefined {
    const { versions, isWhole, mayRun, nowMs } = this.#options;
    const used = new Set(versions());
    for (const version of this.#progress.keys()) if (!used.has(version)) this.#progress.delete(version);
    for (const version of used) {
      const { done, pausedUntilMs } = this.#of(version);
      if (!done && !isWhole(version) && pausedUntilMs <= nowMs() && mayRun(version)) return version;
    }
    return undefined;
  }

  /** Fills the version's next missing extents; or finds that there are none. */
  async #step(version: string, signal: AbortSignal): Promise<void> {
    const { open, hasRoom, bucket, nowMs, logger } = this.#options;
    const file = await open(version);
    const progress = this.#of(version);
    const { extents, bytes, end } = nextMissing(file, progress.cursor);
    if (extents.length === 0) await nextTurn();
    else {
      // Both in the base file and, at worst as many, in packs.
      if (!(await hasRoom(2 * bytes))) throw new Error("images take all of the disk that they may");
      if (!progress.found) logger.info({ version }, "hydration begins");
      progress.found = true;
      await bucket.take(bytes, signal);
      this.#batch = { version, startedAtMs: nowMs() };
      try {
        await unlessAborted(file.fill(extents, "background", signal), signal);
      } finally {
        this.#batch = undefined;
      }
    }
    progress.cursor = end;
    if (end < file.index.extentCount) return;
    // Once more from the start, until nothing is found: the file may have lost something meanwhile (a failed sync).
    progress.cursor = 0;
    progress.done = !progress.found;
    progress.found = false;
    if (progress.done) logger.info({ version }, "hydration is done");
  }

  #of(version: string): Progress {
    const known = this.#progress.get(version);
    if (known !== undefined) return known;
    const progress: Progress = { cursor: 0, found: false, done: false, pausedUntilMs: 0 };
    this.#progress.set(version, progress);
    return progress;
  }
}

/** The next extents that are missing, from `start` on, and the number of the one after those looked at. */
function nextMissing(
  { index, presence }: HydratableFile,
  start: number,
): { readonly extents: number[]; readonly bytes: number; readonly end: number } {
  const extents: number[] = [];
  let bytes = 0;
  let end = start;
  for (; end < index.extentCount && end - start < scanExtentsMax && bytes < batchBytesMax; end++) {
    if (presence.has(end)) continue;
    extents.push(end);
    bytes += index.extentAt(end).lengthBytes;
  }
  return { extents, bytes, end };
}
