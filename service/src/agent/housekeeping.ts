/**
 * What keeps a node's images in order beside their use: collection of what nothing refers to, the limits of their disk, and
 * the scrub of stored chunks; and what of it the pool is told. The parts of it, wired together.
 */
import type { ControllerClient, NodeHealth } from "@dvce/api";
import { lostChunksMax } from "@dvce/api";
import { ChunkBitmap, encodeChunk } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { BaseFiles } from "../base/base-files";
import { chunkInFile } from "../base/chunk-in-file";
import { Collector } from "../collect/collector";
import { Evictor } from "../collect/evictor";
import { LastUse } from "../collect/last-use";
import type { CacheLimits } from "../collect/policy";
import { Upkeep } from "../collect/upkeep";
import type { ChunkReader } from "../peers/chunk-reader";
import { TokenBucket } from "../rate/token-bucket";
import { Scrubber, type ScrubProgress } from "../scrub/scrubber";
import type { ChunkStore } from "../store";
import type { Volumes } from "../volumes/volumes";
import { diskBytes, freeBytes } from "./capacity";
import { writeFileDurably } from "./files";
import type { Inventory } from "./inventory";
import type { KnownVersion, KnownVersions } from "./known-versions";
import type { LocalChunks } from "./local-chunks";
import type { Membership } from "./membership";
import type { NodeEvents } from "./node-events";

export interface HousekeepingSettings {
  /** Most that packs and base files may take. Default no such limit. */
  readonly cacheBytesMax?: number;
  /** Free space of the disk that they leave. Default a twentieth of it. */
  readonly diskFreeBytesMin?: number;
  /** Default {@link collectGraceMsDefault}. */
  readonly collectGraceMs?: number;
  /** Default {@link scrubBytesPerSecondDefault}; 0 never scrubs, and heals only what readers find. */
  readonly scrubBytesPerSecond?: number;
}

/** Chunks that arrived within this time stay although nothing refers to them: what refers to them may be on its way. */
export const collectGraceMsDefault = 3_600_000;
/** A terabyte in a day and a half; about one percent of a core. */
export const scrubBytesPerSecondDefault = 8 * 1024 * 1024;

export interface HousekeepingOptions extends HousekeepingSettings {
  readonly node: string;
  readonly dataDirectory: string;
  readonly controller: Pick<ControllerClient, "getVersionSources">;
  readonly store: ChunkStore;
  readonly chunks: LocalChunks;
  readonly inventory: Inventory;
  readonly versions: KnownVersions;
  readonly baseFiles: BaseFiles;
  readonly reader: Pick<ChunkReader, "fetchFromPeers">;
  readonly events: NodeEvents;
  readonly nowMs: () => number;
  readonly logger: FastifyBaseLogger;
}

/** What is there only after the rest has started. */
export interface HousekeepingPeers {
  readonly volumes: Pick<Volumes, "uses" | "versions">;
  /** What images that are being pulled take on the disk. */
  readonly pulledBytes: () => Promise<number>;
  readonly membership: Pick<Membership, "askEvictions" | "inSync">;
  /** Whether an image is on its way in whose index is not known yet. */
  readonly isIngesting: () => boolean;
}

/** What a heartbeat says of it at most. */
const storeStoppedMax = 1_000;
const diskFreeShareMin = 0.05;
/** A damaged chunk is not waited for longer; it is tried again later. */
const repairMsMax = 30_000;
const progressEveryMs = 60_000;

const progressSchema = z.object({ cursor: z.string().optional(), lastFinishedAtMs: z.number().optional() });

export class Housekeeping {
  readonly lastUse: LastUse;
  readonly #options: HousekeepingOptions;
  readonly #limits: CacheLimits;
  readonly #collector: Collector;
  readonly #scrubber: Scrubber;
  #upkeep: Upkeep | undefined;
  #progress: ScrubProgress;
  #progressSavedMs = 0;
  #savingProgress: Promise<void> = Promise.resolve();
  #checking = false;

  private constructor(
    options: HousekeepingOptions,
    lastUse: LastUse,
    limits: CacheLimits,
    progress: ScrubProgress,
  ) {
    this.#options = options;
    this.lastUse = lastUse;
    this.#limits = limits;
    this.#progress = progress;
    this.#collector = new Collector({ store: options.store, versions: () => options.versions.all() });
    this.#scrubber = this.#makeScrubber(progress);
  }

  static async open(options: HousekeepingOptions): Promise<Housekeeping> {
    const { dataDirectory, logger, nowMs, cacheBytesMax } = options;
    const lastUse = await LastUse.open({
      path: join(dataDirectory, "last-use.json"),
      nowMs,
      onSaveFailed: (error) => logger.warn({ err: error }, "the times of last use cannot be kept"),
    });
    const limits: CacheLimits = {
      bytesMax: cacheBytesMax,
      diskFreeBytesMin:
        options.diskFreeBytesMin ?? Math.floor((await diskBytes(dataDirectory)) * diskFreeShareMin),
    };
    const progress = await readProgress(join(dataDirectory, "scrub.json"), logger);
    return new Housekeeping(options, lastUse, limits, progress);
  }

  /** Must be called in the same step in which the version comes to be known. */
  versionAdded(version: KnownVersion): void {
    this.#collector.versionAdded(version);
    if (this.lastUse.of(version.version) === 0) this.lastUse.used(version.version);
  }

  versionForgotten(version: string): void {
    this.lastUse.forget(version);
    this.#upkeep?.versionForgotten();
  }

  /** Starts the rounds; until then nothing is dropped. */
  start({ volumes, pulledBytes, membership, isIngesting }: HousekeepingPeers): void {
    const { dataDirectory, store, inventory, versions, baseFiles, events, nowMs, logger } = this.#options;
    const evictor = new Evictor({
      store,
      inventory,
      ask: (version, bitmap, leave) => membership.askEvictions(version, bitmap, leave),
    });
    const upkeep = new Upkeep({
      limits: this.#limits,
      measure: async () => {
        for (const version of volumes.versions()) this.lastUse.used(version);
        return {
          cacheBytes: store.storedBytes + (await baseFiles.diskBytes()) + (await pulledBytes()),
          diskFreeBytes: await freeBytes(dataDirectory),
        };
      },
      bases: baseFiles,
      versions: () =>
        versions.all().map((version) => ({
          index: version.index,
          held: inventory.bitmapOf(version.version) ?? new ChunkBitmap(version.index.chunkCount),
          numberOf: (digest) => version.numberOf(digest),
        })),
      inUse: (version) => volumes.uses(version),
      lastUsedMs: (version) => this.lastUse.of(version),
      knowsReferences: () =>
        membership.inSync &&
        !isIngesting() &&
        [...volumes.versions()].every((version) => versions.get(version) !== undefined),
      collect: (graceMs, signal) => this.#collector.collect(graceMs, signal),
      evict: ({ index }, wanted) => evictor.evict(index, wanted),
      graceMs: this.#options.collectGraceMs ?? collectGraceMsDefault,
      onCollected: ({ droppedChunks, reclaimedBytes }) =>
        events.add("collected", droppedChunks, reclaimedBytes),
      nowMs,
      logger,
    });
    this.#upkeep = upkeep;
    upkeep.start();
    this.#scrubber.start();
  }

  /** See {@link Upkeep.hasRoom}. While nothing is known of the disk yet, there is room. */
  async hasRoom(bytes: number): Promise<boolean> {
    return (await this.#upkeep?.hasRoom(bytes)) ?? true;
  }

  /** A reader found a chunk of this node damaged: it is healed as soon as a peer gives it. */
  damageFound(): void {
    this.#scrubber.wake();
  }

  /** For the next heartbeat. */
  health(): Omit<NodeHealth, "dropsHeld"> {
    const { store } = this.#options;
    const { state } = this.#scrubber;
    return {
      scrub:
        this.#scrubBytesPerSecond === 0
          ? null
          : {
              running: this.#checking,
              lastFinishedAt:
                state.lastFinishedAtMs === undefined ? null : new Date(state.lastFinishedAtMs).toISOString(),
              checkedBytes: state.checkedBytes,
              foundChunks: state.found,
              healedChunks: state.healed,
            },
      quarantinedChunks: store.quarantined().length,
      lostChunks: state.lost.slice(0, lostChunksMax),
      cache: {
        bytesMax: this.#limits.bytesMax ?? null,
        diskFreeBytesMin: this.#limits.diskFreeBytesMin,
        overQuotaBytes: this.#upkeep?.overQuotaBytes ?? 0,
      },
      storeStopped: store.stoppedBy?.message.slice(0, storeStoppedMax) ?? null,
    };
  }

  async close(): Promise<void> {
    await this.#upkeep?.stop();
    await this.#scrubber.stop();
    this.#saveProgress();
    await this.#savingProgress;
    await this.lastUse.close();
  }

  get #scrubBytesPerSecond(): number {
    return this.#options.scrubBytesPerSecond ?? scrubBytesPerSecondDefault;
  }

  #makeScrubber(progress: ScrubProgress): Scrubber {
    const { store, inventory, events, nowMs, logger } = this.#options;
    const bytesPerSecond = this.#scrubBytesPerSecond;
    return new Scrubber({
      store,
      ...(bytesPerSecond === 0 ? { passEveryMs: "never" } : {}),
      bucket: new TokenBucket({ bytesPerSecond: bytesPerSecond || scrubBytesPerSecondDefault }),
      repair: (digest, signal) => this.#repair(digest, signal),
      progress,
      onProgress: (now) => {
        this.#progress = now;
        this.#checking = now.cursor !== undefined;
        if (nowMs() - this.#progressSavedMs >= progressEveryMs || now.cursor === undefined)
          this.#saveProgress();
      },
      onFinding: ({ digest, outcome, reason }) => {
        if (outcome === "found") {
          logger.error({ digest, reason }, "a chunk of this node is damaged; it is set aside");
          inventory.lost(digest);
          events.add("scrub-found", 1, 0, [digest]);
        } else if (outcome === "healed") {
          logger.info({ digest }, "a damaged chunk was healed");
          events.add("repaired", 1, 0, [digest]);
        } else {
          logger.error({ digest }, "a chunk is damaged and no peer has a good copy now");
        }
      },
      onFailure: (error) =>
        logger.warn({ err: error }, "the scrub of stored chunks stopped; it goes on later"),
      nowMs,
    });
  }

  /** Brings a good copy into the store: from a base file of this node, or from a peer that says that it has one. */
  async #repair(digest: string, signal: AbortSignal): Promise<boolean> {
    const { node, controller, versions, baseFiles, reader, chunks, store } = this.#options;
    const key = Buffer.from(digest, "hex");
    const known = versions.all().filter((version) => version.numberOf(key) >= 0);
    for (const version of known) {
      if (!baseFiles.versions().includes(version.version)) continue;
      const path = baseFiles.pathOf(version.version);
      const data = await chunkInFile(path, version.index, version.numberOf(key));
      signal.throwIfAborted();
      if (data === undefined) continue;
      await chunks.putDurably([encodeChunk(data)]);
      return true;
    }
    for (const { index, version, numberOf } of known.map(withNumberOf)) {
      const chunk = numberOf(key);
      const { sources } = await controller.getVersionSources(version);
      const peers = sources.filter((source) => source.node !== node);
      const has = peers.some(({ bitmap }) => ChunkBitmap.fromBase64(bitmap, index.chunkCount).has(chunk));
      if (!has) continue;
      await within(
        reader.fetchFromPeers(index, chunk),
        AbortSignal.any([signal, AbortSignal.timeout(repairMsMax)]),
      );
      await chunks.flush();
      if (store.has(digest)) return true;
    }
    return false;
  }

  #saveProgress(): void {
    const { dataDirectory, nowMs, logger } = this.#options;
    this.#progressSavedMs = nowMs();
    const text = JSON.stringify(this.#progress);
    this.#savingProgress = this.#savingProgress
      .then(() => writeFileDurably(join(dataDirectory, "scrub.json"), text))
      .catch((error: unknown) => logger.warn({ err: error }, "how far the scrub is cannot be kept"));
  }
}

const withNumberOf = (version: KnownVersion) => ({
  index: version.index,
  version: version.version,
  numberOf: (digest: Buffer) => version.numberOf(digest),
});

/** Rejects with the signal's reason as soon as it is aborted; what was waited for goes on unobserved. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => undefined);
  }
}

async function readProgress(path: string, logger: FastifyBaseLogger): Promise<ScrubProgress> {
  try {
    const { cursor, lastFinishedAtMs } = progressSchema.parse(JSON.parse(await readFile(path, "utf8")));
    return { cursor, lastFinishedAtMs };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT")
      logger.warn({ err: error }, "how far the scrub was cannot be read; it begins again");
    return { cursor: undefined, lastFinishedAtMs: undefined };
  }
}
