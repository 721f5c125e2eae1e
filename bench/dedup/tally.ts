/** What a store takes that keeps each chunk once. */
import type { Measurement } from "../harness/benchmark";

/**
 * casync's own level (src/compressor.c of casync 2), and DVCE's default. Comparing stored bytes needs one level for both
 * sides.
 */
export const levels = [1, 3] as const;
export type Level = (typeof levels)[number];

export const cases = {
  uniqueBytes: "unique bytes",
  chunks: "chunks",
  storedBytes: (level: Level): string => `stored bytes, zstd level ${level}`,
} as const;

export const units: Readonly<Record<string, string>> = {
  [cases.uniqueBytes]: "B",
  [cases.chunks]: "chunks",
  ...Object.fromEntries(levels.map((level) => [cases.storedBytes(level), "B"])),
};

/** Counts the chunks that it is given; each unique chunk once. */
export class Tally {
  #chunks = 0;
  #uniqueBytes = 0;
  readonly #storedBytes = new Map<Level, number>(levels.map((level) => [level, 0]));

  chunk(sizeBytes: number): void {
    this.#chunks++;
    this.#uniqueBytes += sizeBytes;
  }

  stored(level: Level, payloadBytes: number): void {
    this.#storedBytes.set(level, (this.#storedBytes.get(level) ?? 0) + payloadBytes);
  }

  get measurement(): Measurement {
    return {
      [cases.uniqueBytes]: this.#uniqueBytes,
      [cases.chunks]: this.#chunks,
      ...Object.fromEntries(
        levels.map((level) => [cases.storedBytes(level), this.#storedBytes.get(level) ?? 0]),
      ),
    };
  }
}
