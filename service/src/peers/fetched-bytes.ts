/**
 * Image bytes that this node fetched from peers, counted for each version: `<data>/fetched.json`.
 *
 * Written shortly after a change and when the agent stops. A crash loses at most what came in that short time
 * from the count, and nothing else.
 */
import { digestSchema } from "@dvce/api";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileDurably } from "../agent/files";

const fileSchema = z.record(digestSchema, z.number().int().nonnegative());
const saveDelayMs = 1_000;

export class FetchedBytes {
  readonly #path: string;
  readonly #counts: Map<string, number>;
  readonly #onSaveFailed: (error: unknown) => void;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string, counts: Map<string, number>, onSaveFailed: (error: unknown) => void) {
    this.#path = path;
    this.#counts = counts;
    this.#onSaveFailed = onSaveFailed;
  }

  /** Reads the counts; a file that is missing or cannot be understood counts from zero. */
  static async open(path: string, onSaveFailed: (error: unknown) => void): Promise<FetchedBytes> {
    let counts = new Map<string, number>();
    try {
      counts = new Map(Object.entries(fileSchema.parse(JSON.parse(await readFile(path, "utf8")))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") onSaveFailed(error);
    }
    return new FetchedBytes(path, counts, onSaveFailed);
  }

  /** Image bytes of the version fetched so far, before compression. Never decreases. */
  of(version: string): number {
    return this.#counts.get(version) ?? 0;
  }

  add(version: string, bytes: number): void {
    this.#counts.set(version, this.of(version) + bytes);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#save();
    }, saveDelayMs).unref();
  }

  /** Writes the last counts. */
  async close(): Promise<void> {
    if (this.#timer !== undefined) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      await this.#save();
    }
    await this.#saving;
  }

  #save(): Promise<void> {
    this.#saving = this.#saving
      .then(() => writeFileDurably(this.#path, JSON.stringify(Object.fromEntries(this.#counts))))
      .catch(this.#onSaveFailed);
    return this.#saving;
  }
}
