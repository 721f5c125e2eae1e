/**
 * The boots under way on this node, one watch a version: from the making of a volume until its guest has been running for
 * a while and its reads have become quiet. A watch has the boot fetched ahead, records it, and tells hydration to wait.
 *
 * Boots are known by their reads alone, so nothing here asks libvirt. A guest under emulation pauses for long between
 * reads; hence quiet alone ends no watch before `settleMs` have passed since its first read (or since the version's newest
 * volume, whose reads cannot be told from another guest's). A volume that is never started ends it after `limitMs`.
 *
 * After a restart of the agent, versions in use count as booting again, since they may be; what is left of a boot
 * is not recorded.
 */
import type { ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import { BootRecorder, type BootRecorderLimits, type RecordedBoot } from "./boot-recorder";

/** What of a base file a watch needs. */
export interface WatchedFile {
  readonly index: Pick<ImageIndex, "extentAt" | "chunkSizeBytes">;
  readonly whole: boolean;
  onFirstRead(listener: (extents: readonly number[]) => void): () => void;
}

export interface BootTimes {
  /** A boot is not over before so long after its first read. */
  readonly settleMs: number;
  /** Nor before nothing new was read for so long. */
  readonly quietMs: number;
  /** It counts as over so long after its volume was made, whatever happens. */
  readonly limitMs: number;
}

/** Three emulated boots at once on two cores take up to two minutes, more on a busy machine, with pauses of some ten seconds. */
export const defaultBootTimes: BootTimes = { settleMs: 180_000, quietMs: 60_000, limitMs: 15 * 60_000 };

export interface BootsOptions {
  readonly open: (version: string) => Promise<WatchedFile>;
  /** Whether a volume here has the version. */
  readonly inUse: (version: string) => boolean;
  readonly fetchAhead: { start(version: string): void; stop(version: string): void };
  readonly onRecorded: (version: string, boot: RecordedBoot) => void;
  readonly nowMs: () => number;
  readonly times?: Partial<BootTimes>;
  readonly recorderLimits?: Partial<BootRecorderLimits>;
  readonly logger: FastifyBaseLogger;
}

interface Watch {
  /** Until it has been handed on. */
  recorder: BootRecorder | undefined;
  /** When the version's newest volume was made, or when the agent started. */
  newestAtMs: number;
  firstReadAtMs: number | undefined;
  lastReadAtMs: number;
  /** Ends listening; set once the base file is open. */
  unlisten: () => void;
}

export class Boots {
  readonly #options: BootsOptions;
  readonly #times: BootTimes;
  readonly #watches = new Map<string, Watch>();
  /** When the last boot of a version was over. */
  readonly #overAtMs = new Map<string, number>();

  constructor(options: BootsOptions) {
    this.#options = options;
    this.#times = { ...defaultBootTimes, ...options.times };
  }

  /** A volume of the version is being made: its guest will boot. */
  expect(version: string): void {
    this.#options.fetchAhead.start(version);
    const watch = this.#watches.get(version);
    if (watch !== undefined) watch.newestAtMs = this.#options.nowMs();
    else this.#watch(version, true);
  }

  /** The agent has started, and volumes have these versions. */
  resume(versions: Iterable<string>): void {
    for (const version of versions) this.#watch(version, false);
  }

  /** Ends what is over. Call about once a second. */
  tick(): void {
    const { nowMs, inUse, fetchAhead } = this.#options;
    for (const [version, watch] of this.#watches) {
      if (!inUse(version)) {
        fetchAhead.stop(version);
        this.#end(version, watch);
        continue;
      }
      if (watch.recorder?.isOver(nowMs()) === true) this.#handOn(version, watch);
      if (!this.#isOver(watch, nowMs())) continue;
      this.#handOn(version, watch);
      this.#end(version, watch);
      this.#overAtMs.set(version, nowMs());
    }
  }

  /**
   * Whether the version may be hydrated without disturbing a boot: its own boot is over, and no other is under way here,
   * or others have kept it waiting for as long as a boot may take.
   */
  allowsHydration(version: string): boolean {
    if (this.#watches.has(version)) return false;
    if (this.#watches.size === 0) return true;
    const overAtMs = this.#overAtMs.get(version);
    return overAtMs !== undefined && this.#options.nowMs() - overAtMs >= this.#times.limitMs;
  }

  /** Stops listening. Recordings that are not over are dropped. */
  close(): void {
    for (const [version, watch] of this.#watches) this.#end(version, watch);
  }

  #watch(version: string, isWholeBoot: boolean): void {
    const { open, nowMs, recorderLimits, logger } = this.#options;
    const startedAtMs = nowMs();
    const watch: Watch = {
      recorder: undefined,
      newestAtMs: startedAtMs,
      firstReadAtMs: isWholeBoot ? undefined : startedAtMs,
      lastReadAtMs: startedAtMs,
      unlisten: () => undefined,
    };
    this.#watches.set(version, watch);
    open(version).then(
      (file) => {
        if (this.#watches.get(version) !== watch) return;
        if (file.whole) return this.#end(version, watch); // its guests need nothing, and are not seen here
        if (isWholeBoot) watch.recorder = new BootRecorder(file.index, recorderLimits);
        watch.unlisten = file.onFirstRead((extents) => {
          watch.lastReadAtMs = nowMs();
          watch.firstReadAtMs ??= watch.lastReadAtMs;
          watch.recorder?.read(extents, watch.lastReadAtMs);
        });
      },
      (error: unknown) => {
        logger.warn({ err: error, version }, "a boot cannot be watched");
        if (this.#watches.get(version) === watch) this.#end(version, watch);
      },
    );
  }

  #isOver(watch: Watch, nowMs: number): boolean {
    const { settleMs, quietMs, limitMs } = this.#times;
    if (nowMs - watch.newestAtMs >= limitMs) return true;
    if (watch.firstReadAtMs === undefined) return false;
    const runningSinceMs = Math.max(watch.firstReadAtMs, watch.newestAtMs);
    return nowMs - runningSinceMs >= settleMs && nowMs - watch.lastReadAtMs >= quietMs;
  }

  #handOn(version: string, watch: Watch): void {
    const boot = watch.recorder?.result();
    watch.recorder = undefined;
    if (boot !== undefined) this.#options.onRecorded(version, boot);
  }

  #end(version: string, watch: Watch): void {
    watch.unlisten();
    this.#watches.delete(version);
  }
}
