/**
 * Keeps a node's images within their share of the disk: collects what nothing refers to now and then, and when there is too
 * much, drops what policy.ts says, until there is not. Everything it works on, and time, are ports.
 *
 * Nothing is collected or evicted unless the node knows every version that the pool and its own volumes refer to: a node
 * that has not heard from the controller since it started drops base files only.
 */
import type { ChunkBitmap, ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { Collected } from "../store";
import {
  bytesOver,
  chunksToEvict,
  fits,
  inOrderOfDropping,
  lessRoom,
  limitsToReach,
  type CacheLimits,
  type CacheUse,
} from "./policy";

export interface UpkeepOptions {
  readonly limits: CacheLimits;
  readonly measure: () => Promise<CacheUse>;
  /** Base files that are here, and their removal; it may refuse. */
  readonly bases: { versions(): readonly string[]; remove(version: string): Promise<void> };
  /** Versions whose indexes are here. */
  readonly versions: () => readonly UpkeepVersion[];
  /** Whether a volume here needs the version. */
  readonly inUse: (version: string) => boolean;
  readonly lastUsedMs: (version: string) => number;
  /** Whether everything that refers to chunks is known here. */
  readonly knowsReferences: () => boolean;
  readonly collect: (graceMs: number, signal: AbortSignal) => Promise<Collected>;
  /**
   * Asks the controller, and drops what it approves. Answers how many chunks those were. Throws when it cannot be asked.
   */
  readonly evict: (version: UpkeepVersion, wanted: ChunkBitmap) => Promise<number>;
  readonly graceMs: number;
  readonly onCollected: (collected: Collected) => void;
  readonly nowMs: () => number;
  /** Rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: FastifyBaseLogger;
}

export interface UpkeepVersion {
  readonly index: ImageIndex;
  /** Chunks of it that are here. */
  readonly held: ChunkBitmap;
  numberOf(digest: Buffer): number;
}

/** How often the disk is looked at. */
const lookEveryMs = 5_000;
/** Collections are at most this far apart while something was forgotten within the grace, and this many times as far else. */
const collectEveryMsMax = 600_000;
const quietTimes = 6;
/** Over the limits, what can be collected is collected at most this often: marking costs time. */
const collectEveryMsMin = 60_000;

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #collectedMs = Number.NEGATIVE_INFINITY;
  #forgottenMs: number;
  #overQuotaBytes = 0;
  #wantedBytes = 0;
  #warned = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#forgottenMs = options.nowMs(); // what an earlier run of the agent forgot is unknown
  }

  /** Bytes beyond the limits after everything that may be dropped was dropped. */
  get overQuotaBytes(): number {
    return this.#overQuotaBytes;
  }

  /** A version was forgotten: its chunks may have become garbage. */
  versionForgotten(): void {
    this.#forgottenMs = this.#options.nowMs();
  }

  /**
   * Whether images may take so many bytes more now. When not, room for them is made soon, as far as something may be dropped;
   * ask again then.
   */
  async hasRoom(bytes: number): Promise<boolean> {
    const { measure, limits } = this.#options;
    if (fits(await measure(), limits, bytes)) return true;
    this.#wantedBytes = Math.max(this.#wantedBytes, bytes);
    return false;
  }

  start(): void {
    this.#running ??= this.#run(this.#stop.signal);
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("the agent stops"));
    await this.#running;
  }

  /** One look at the disk, with all that follows from it. */
  async round(signal: AbortSignal = this.#stop.signal): Promise<void> {
    const { limits } = this.#options;
    if (this.#isCollectionDue()) await this.#collect(signal);
    const wanted = this.#wantedBytes;
    this.#wantedBytes = 0;
    if ((await this.#over(lessRoom(limits, wanted))) === 0) {
      this.#settle(0);
      return;
    }
    const goal = lessRoom(limitsToReach(limits), wanted);
    await this.#removeBases(goal);
    const mayCollect = this.#options.nowMs() - this.#collectedMs >= this.#collectEveryMs(collectEveryMsMin);
    if (mayCollect && (await this.#over(goal)) > 0) await this.#collect(signal);
    if ((await this.#over(goal)) > 0) await this.#evict(goal, signal);
    // Before it can ask what may be dropped, nobody can say that nothing may.
    if (this.#options.knowsReferences()) this.#settle(await this.#over(limits));
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { sleep = (ms, stop) => sleepFor(ms, undefined, { signal: stop }), logger } = this.#options;
    while (!signal.aborted) {
      try {
        await this.round(signal);
      } catch (error) {
        if (signal.aborted) return;
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ reason }, "the images on this node cannot be kept within their limits; trying again");
      }
      await sleep(Math.min(lookEveryMs, this.#collectEveryMs(lookEveryMs)), signal).catch(() => undefined);
    }
  }

  /** Never longer than the grace, so that a short grace is worth something; never a busy loop either. */
  #collectEveryMs(longest: number): number {
    return Math.min(longest, Math.max(1_000, this.#options.graceMs));
  }

  #isCollectionDue(): boolean {
    const { nowMs, graceMs } = this.#options;
    const everyMs = this.#collectEveryMs(collectEveryMsMax);
    const sinceMs = nowMs() - this.#collectedMs;
    const expectsGarbage = this.#collectedMs <= this.#forgottenMs + graceMs + everyMs;
    return sinceMs >= (expectsGarbage ? everyMs : everyMs * quietTimes);
  }

  async #over(limits: CacheLimits): Promise<number> {
    return bytesOver(await this.#options.measure(), limits);
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const { collect, graceMs, knowsReferences, nowMs, onCollected, logger } = this.#options;
    if (!knowsReferences()) return;
    const collected = await collect(graceMs, signal);
    this.#collectedMs = nowMs();
    if (collected.droppedChunks === 0) return;
    logger.info({ ...collected }, "chunks that nothing refers to were dropped");
    onCollected(collected);
  }

  async #removeBases(goal: CacheLimits): Promise<void> {
    const { bases, inUse, lastUsedMs, logger } = this.#options;
    for (const version of inOrderOfDropping(bases.versions(), inUse, lastUsedMs)) {
      if ((await this.#over(goal)) === 0) return;
      await bases.remove(version);
      logger.info({ version }, "a base file that no volume needs was removed to make room");
    }
  }

  async #evict(goal: CacheLimits, signal: AbortSignal): Promise<void> {
    const { versions, inUse, lastUsedMs, knowsReferences } = this.#options;
    const known = new Map(versions().map((version) => [version.index.version, version]));
    const used = [...known.values()].filter(({ index }) => inUse(index.version));
    for (const name of inOrderOfDropping([...known.keys()], inUse, lastUsedMs)) {
      const version = known.get(name);
      if (version === undefined || !knowsReferences()) return;
      if (!(await this.#evictSome(version, used, goal, signal))) return;
    }
  }

  /** Answers whether there is still too much. */
  async #evictSome(
    version: UpkeepVersion,
    used: readonly UpkeepVersion[],
    goal: CacheLimits,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { index, held } = version;
    const asked = new Set<number>();
    for (;;) {
      signal.throwIfAborted();
      const bytes = await this.#over(goal);
      if (bytes === 0) return false;
      const wanted = chunksToEvict({
        held,
        isKept: (chunk) => {
          if (asked.has(chunk)) return true;
          const digest = Buffer.from(index.chunkDigest(chunk), "hex");
          return used.some((other) => other.numberOf(digest) >= 0);
        },
        sizeBytesOf: (chunk) => index.chunkSizeBytes(chunk),
        bytes,
      });
      if (wanted.count() === 0) return true;
      for (let chunk = 0; chunk < wanted.length; chunk++) if (wanted.has(chunk)) asked.add(chunk);
      const dropped = await this.#options.evict(version, wanted);
      if (dropped > 0)
        this.#options.logger.info(
          { version: index.version, dropped },
          "replicas that the pool has elsewhere were dropped",
        );
    }
  }

  #settle(overQuotaBytes: number): void {
    this.#overQuotaBytes = overQuotaBytes;
    if (overQuotaBytes > 0 && !this.#warned) {
      this.#options.logger.warn(
        { overQuotaBytes },
        "over quota: nothing may be dropped, since volumes use it or the pool needs this node's replicas. " +
          "Give images more disk, or add nodes",
      );
    }
    this.#warned = overQuotaBytes > 0;
  }
}
