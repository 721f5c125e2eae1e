/**
 * What was computed from a file's content, kept in the cache folder under what identifies that content: path, device,
 * inode, size, and the times of its last change. A file whose last change is so young that another could carry the same
 * time is not remembered (the "racy git" problem: kernels stamp files with the time of their last tick).
 *
 * Entries are one file each, written aside and renamed: a crash leaves none or a whole one. An entry starts with the
 * SHA-256 of the rest, since what is remembered decides a version's name: a damaged one counts as absent.
 */
import { createHash, randomUUID } from "node:crypto";
import type { BigIntStats } from "node:fs";
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { digestBytesOf, digestSizeBytes } from "../digest/digest";

/** Younger changes are not trusted: kernel ticks are at most 10 ms, network file systems stamp seconds. */
const settledAfterMs = 2000;

/** `$XDG_CACHE_HOME/dvce`, or `~/.cache/dvce` (XDG Base Directory Specification). */
export function defaultCacheDirectory(): string {
  const base = process.env.XDG_CACHE_HOME;
  return join(base !== undefined && isAbsolute(base) ? base : join(homedir(), ".cache"), "dvce");
}

export class FileMemo {
  readonly #directory: string;
  readonly #kind: string;
  readonly #nowMs: () => number;

  /** @param kind what is remembered, with a version: a part of the entry's key. */
  constructor(cacheDirectory: string, kind: string, nowMs: () => number = Date.now) {
    this.#directory = join(cacheDirectory, "memo");
    this.#kind = kind;
    this.#nowMs = nowMs;
  }

  /** What was remembered of the file as it is now, or undefined. */
  async recall(path: string): Promise<Buffer | undefined> {
    const key = await this.#key(path);
    if (key === undefined) return undefined;
    const entry = await readFile(join(this.#directory, key.name)).catch(() => undefined);
    if (entry === undefined) return undefined;
    const value = entry.subarray(digestSizeBytes);
    return digestBytesOf(value).equals(entry.subarray(0, digestSizeBytes)) ? value : undefined;
  }

  /**
   * Computes and remembers, if the file was the same before and after. A cache that cannot be written to makes the next
   * call slower and this one not fail.
   */
  async remember(path: string, compute: () => Promise<Buffer>): Promise<Buffer> {
    const before = await this.#key(path);
    const value = await compute();
    const after = await this.#key(path);
    if (before === undefined || after?.name !== before.name) return value;
    if (this.#nowMs() - after.changedMs < settledAfterMs) return value;
    const temporary = join(this.#directory, `${randomUUID()}.tmp`);
    try {
      await mkdir(this.#directory, { recursive: true });
      await writeFile(temporary, Buffer.concat([digestBytesOf(value), value]));
      await rename(temporary, join(this.#directory, before.name));
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
    return value;
  }

  async #key(path: string): Promise<{ name: string; changedMs: number } | undefined> {
    let real: string;
    let now: BigIntStats;
    try {
      real = await realpath(path);
      now = await stat(real, { bigint: true });
    } catch {
      return undefined; // whoever computes will say why the file cannot be read
    }
    const fields = [this.#kind, real, now.dev, now.ino, now.size, now.mtimeNs, now.ctimeNs];
    const name = createHash("sha256").update(fields.join("\0")).digest("hex");
    return { name, changedMs: Number((now.mtimeNs > now.ctimeNs ? now.mtimeNs : now.ctimeNs) / 1_000_000n) };
  }
}
