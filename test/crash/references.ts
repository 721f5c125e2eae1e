/** What the collection suite keeps beside the store, so that it can be told after a crash which chunks are referenced. */
import type { EncodedChunk } from "@dvce/image";
import { crashChunk } from "./chunks";

export const referencesFile = "references";

/** One ingest that ended, with the numbers of its chunks; without chunks: one that was given up. */
export interface Commit {
  readonly number: number;
  readonly chunks: readonly number[];
}

const made = new Map<string, EncodedChunk>();

/** Chunk `i` of those that the ingests of a run share. */
export function sharedChunk(seed: number, i: number): EncodedChunk {
  const key = `${seed}/${i}`;
  const chunk = made.get(key) ?? crashChunk(seed, i);
  made.set(key, chunk);
  return chunk;
}

/** The commits that a file of references leaves standing; a torn last line was never acknowledged. */
export function liveCommits(text: string): Commit[] {
  const commits = new Map<number, Commit>();
  for (const line of text.split("\n").slice(0, -1)) {
    const commit = parse(line);
    if (commit === undefined) continue;
    if (commit.chunks.length === 0) commits.delete(commit.number);
    else commits.set(commit.number, commit);
  }
  return [...commits.values()];
}

function parse(line: string): Commit | undefined {
  try {
    return JSON.parse(line) as Commit;
  } catch {
    return undefined;
  }
}
