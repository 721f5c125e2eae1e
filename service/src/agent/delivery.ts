/**
 * What goes on with versions beside the reads of guests: boots are fetched ahead and recorded, and when they are over, the
 * rest is filled. The parts of it, wired together.
 */
import { encodeChunkList, type ControllerClient, type Hydration } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { BaseFiles } from "../base/base-files";
import type { BootRecorderLimits } from "../boot-profile/boot-recorder";
import { Boots, type BootTimes } from "../boot-profile/boots";
import { FetchAhead } from "../boot-profile/fetch-ahead";
import { ProfileSender } from "../boot-profile/profile-sender";
import { describeHydration } from "../hydration/describe";
import { Hydrator } from "../hydration/hydrator";
import { TokenBucket } from "../rate/token-bucket";
import type { Inventory } from "./inventory";
import type { KnownVersions } from "./known-versions";

/**
 * Image bytes a second that hydration fills unless told otherwise: 4 GiB in two minutes. Compressed, that is about a tenth
 * of a 1 Gbit/s link; decoded, it is some percent of a core.
 */
export const hydrateBytesPerSecondDefault = 32 * 1024 * 1024;

export interface DeliverySettings {
  /** Default {@link hydrateBytesPerSecondDefault}; 0 never hydrates. */
  readonly hydrateBytesPerSecond?: number;
  readonly bootTimes?: Partial<BootTimes>;
  readonly recorderLimits?: Partial<BootRecorderLimits>;
}

export interface DeliveryOptions extends DeliverySettings {
  readonly node: string;
  readonly controller: Pick<ControllerClient, "getBootProfile" | "putBootProfile">;
  readonly versions: KnownVersions;
  readonly inventory: Inventory;
  readonly baseFiles: BaseFiles;
  /** Versions that volumes here have. */
  readonly usedVersions: () => ReadonlySet<string>;
  /** Whether images may take so many bytes more of the disk now. */
  readonly hasRoom: (bytes: number) => Promise<boolean>;
  readonly nowMs: () => number;
  readonly logger: FastifyBaseLogger;
}

const tickMs = 1_000;

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #sender: ProfileSender;
  readonly #fetchAhead: FetchAhead;
  readonly #boots: Boots;
  readonly #hydrator: Hydrator | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
    const { node, controller, baseFiles, usedVersions, nowMs, logger, bootTimes, recorderLimits } = options;
    const open = (version: string) => baseFiles.open(version);
    this.#sender = new ProfileSender({
      put: (version, recording) => controller.putBootProfile(version, recording),
      sleep,
      logger,
    });
    this.#fetchAhead = new FetchAhead({
      profileOf: (version) => controller.getBootProfile(version),
      open,
      sleep,
      nowMs,
      logger,
    });
    this.#boots = new Boots({
      open,
      inUse: (version) => usedVersions().has(version),
      fetchAhead: this.#fetchAhead,
      onRecorded: (version, { startedAtMs, seconds, chunks }) => {
        const recordedAt = new Date(startedAtMs).toISOString();
        this.#sender.send(version, { node, recordedAt, seconds, chunks: encodeChunkList(chunks) });
      },
      nowMs,
      ...(bootTimes === undefined ? {} : { times: bootTimes }),
      ...(recorderLimits === undefined ? {} : { recorderLimits }),
      logger,
    });
    const bytesPerSecond = options.hydrateBytesPerSecond ?? hydrateBytesPerSecondDefault;
    if (bytesPerSecond === 0) return;
    this.#hydrator = new Hydrator({
      versions: usedVersions,
      open,
      isWhole: (version) => baseFiles.isWhole(version),
      mayRun: (version) => this.#boots.allowsHydration(version),
      hasRoom: options.hasRoom,
      bucket: new TokenBucket({ bytesPerSecond }),
      nowMs,
      sleep,
      logger,
    });
  }

  /** A volume of the version is being made: its guest will boot. */
  expectBoot(version: string): void {
    if (!this.#options.baseFiles.isWhole(version)) this.#boots.expect(version);
  }

  /** How much of the version is here, and what goes on with the rest. */
  hydrationOf(version: string): Hydration {
    const { versions, inventory, baseFiles } = this.#options;
    const index = versions.get(version)?.index;
    const stored = inventory.bitmapOf(version);
    // The index was lost; until the controller gives it again, nothing can be said of the version.
    if (index === undefined || stored === undefined)
      return { state: "paused", presentBytes: 0, totalBytes: 0 };
    const state = this.#hydrator?.stateOf(version) ?? "off";
    return describeHydration({ index, stored, whole: baseFiles.isWhole(version), state });
  }

  /** Goes on with what volumes need since before the agent started, and with what comes. */
  start(): void {
    const { usedVersions, baseFiles } = this.#options;
    this.#boots.resume([...usedVersions()].filter((version) => !baseFiles.isWhole(version)));
    this.#timer = setInterval(() => this.#boots.tick(), tickMs);
    this.#hydrator?.start();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#boots.close();
    await this.#fetchAhead.close();
    await this.#hydrator?.close();
    await this.#sender.close();
  }
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await sleepFor(ms, undefined, { signal });
}
