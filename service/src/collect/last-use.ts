/**
 * When each version was last used on this node: `<data>/last-use.json`. Written some time after a change and when the agent
 * stops; a crash loses at most the uses of that time, which costs at worst that another version is evicted first.
 */
import { digestSchema } from "@dvce/api";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileDurably } from "../agent/files";

const fileSchema = z.record(digestSchema, z.number().int().nonnegative());
const saveDelayMs = 60_000;

export interface LastUseOptions {
  readonly path: string;
  readonly nowMs: () => number;
  readonly onSaveFailed: (error: unknown) => void;
}

export class LastUse {
  readonly #options: LastUseOptions;
  readonly #usedMs: Map<string, number>;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(options: LastUseOptions, usedMs: Map<string, number>) {
    this.#options = options;
    this.#usedMs = usedMs;
  }

  /** Reads the times; a file that is missing or cannot be understood knows of none. */
  static async open(options: LastUseOptions): Promise<LastUse> {
    let usedMs = new Map<string, number>();
    try {
      usedMs = new Map(Object.entries(fileSchema.parse(JSON.parse(await readFile(options.path, "utf8")))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") options.onSaveFailed(error);
    }
    return new LastUse(options, usedMs);
  }

  /** Milliseconds since 1970; 0 for a version that was never used here. */
  of(version: string): number {
    return this.#usedMs.get(version) ?? 0;
  }

  used(version: string): void {
    this.#usedMs.set(version, this.#options.nowMs());
    this.#saveSoon();
  }

  forget(version: string): void {
    if (this.#usedMs.delete(version)) this.#saveSoon();
  }

  /** Writes the last times. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#save();
    }
    await this.#saving;
  }

  #saveSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#save();
    }, saveDelayMs).unref();
  }

  #save(): void {
    this.#saving = this.#saving
      .then(() => writeFileDurably(this.#options.path, JSON.stringify(Object.fromEntries(this.#usedMs))))
      .catch(this.#options.onSaveFailed);
  }
}
