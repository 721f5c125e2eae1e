/**
 * Records which chunks of a version a boot reads, in the order of their first read. Pure: reads and times are told.
 *
 * The recording begins with the first read and is over when nothing new was read for a while, after a limit, or when it
 * holds as much as a profile may. A boot that emulation slows down pauses for many seconds between reads, so "a while"
 * is long; what a guest reads within it after its boot adds little.
 */
import { bootProfileChunkCountMax } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";

export interface BootRecorderLimits {
  /** Without a new chunk for so long, the boot is over. Default a minute. */
  readonly quietMs: number;
  /** From the first read; whatever is read later is no boot. Default 10 minutes. */
  readonly lengthMsMax: number;
  /** Image bytes of a profile. Default 1 GiB. */
  readonly imageBytesMax: number;
  /** Default what the API takes. */
  readonly chunkCountMax: number;
}

export const defaultBootRecorderLimits: BootRecorderLimits = {
  quietMs: 60_000,
  lengthMsMax: 10 * 60_000,
  imageBytesMax: 1024 ** 3,
  chunkCountMax: bootProfileChunkCountMax,
};

export interface RecordedBoot {
  readonly startedAtMs: number;
  /** From the first read to the last that brought a new chunk. */
  readonly seconds: number;
  readonly chunks: readonly number[];
  readonly imageBytes: number;
}

export class BootRecorder {
  readonly #index: Pick<ImageIndex, "extentAt" | "chunkSizeBytes">;
  readonly #limits: BootRecorderLimits;
  readonly #chunks = new Set<number>();
  #imageBytes = 0;
  #startedAtMs = 0;
  #lastNewAtMs = 0;
  #full = false;

  constructor(
    index: Pick<ImageIndex, "extentAt" | "chunkSizeBytes">,
    limits: Partial<BootRecorderLimits> = {},
  ) {
    this.#index = index;
    this.#limits = { ...defaultBootRecorderLimits, ...limits };
  }

  /** Extents that guests read for the first time, in order. What comes after the end is left out. */
  read(extents: readonly number[], nowMs: number): void {
    if (this.isOver(nowMs)) return;
    for (const extent of extents) {
      const { chunk } = this.#index.extentAt(extent);
      if (this.#chunks.has(chunk)) continue;
      const imageBytes = this.#imageBytes + this.#index.chunkSizeBytes(chunk);
      if (this.#chunks.size >= this.#limits.chunkCountMax || imageBytes > this.#limits.imageBytesMax) {
        this.#full = true;
        return;
      }
      if (this.#chunks.size === 0) this.#startedAtMs = nowMs;
      this.#chunks.add(chunk);
      this.#imageBytes = imageBytes;
      this.#lastNewAtMs = nowMs;
    }
  }

  /** False while nothing was read. */
  isOver(nowMs: number): boolean {
    if (this.#full) return true;
    if (this.#chunks.size === 0) return false;
    const { quietMs, lengthMsMax } = this.#limits;
    return nowMs - this.#lastNewAtMs >= quietMs || nowMs - this.#startedAtMs >= lengthMsMax;
  }

  /** What was read so far; undefined before the first read. */
  result(): RecordedBoot | undefined {
    if (this.#chunks.size === 0) return undefined;
    return {
      startedAtMs: this.#startedAtMs,
      seconds: (this.#lastNewAtMs - this.#startedAtMs) / 1000,
      chunks: [...this.#chunks],
      imageBytes: this.#imageBytes,
    };
  }
}
