/**
 * Garbage collection on a node: marks the chunks of every version that the node knows, then lets the store drop the others.
 *
 * Memory is bounded however many versions there are: digests are marked in as many rounds as it takes, each for a part of
 * them by their first bytes. A version that comes to be known while this goes on is asked directly, so none of its chunks
 * goes from the moment on at which the node has told anybody that it has them.
 */
import type { ImageIndex } from "@dvce/image";
import { setImmediate as yieldToOthers } from "node:timers/promises";
import type { Collected, CollectOptions } from "../store";
import { DigestMarks } from "./digest-marks";

/** A version that the node knows. */
export interface MarkedVersion {
  readonly index: ImageIndex;
  /** The number of the chunk in the index, or -1. */
  numberOf(digest: Buffer): number;
}

export interface CollectorOptions {
  readonly store: { collect(options: CollectOptions): Promise<Collected> };
  /** Every version whose chunks are kept. */
  readonly versions: () => readonly MarkedVersion[];
  /** Digests marked at a time. Default four million, which take 128 MiB at most. */
  readonly marksMax?: number;
}

const marksMaxDefault = 4 * 1024 * 1024;
/** Chunks marked before others get their turn; some milliseconds. */
const marksAtATime = 4_096;

export class Collector {
  readonly #options: CollectorOptions;
  /** Versions that came since the marking began; undefined while nothing is collected. */
  #fresh: MarkedVersion[] | undefined;

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** Must be called in the same step in which a version comes to be known. */
  versionAdded(version: MarkedVersion): void {
    this.#fresh?.push(version);
  }

  /** Drops what nothing refers to and nobody put or held within the grace. One at a time. Throws what the store throws. */
  async collect(graceMs: number, signal: AbortSignal): Promise<Collected> {
    const { store, marksMax = marksMaxDefault } = this.#options;
    const sum = { droppedChunks: 0, droppedBytes: 0, reclaimedBytes: 0 };
    const fresh: MarkedVersion[] = [];
    this.#fresh = fresh;
    try {
      const versions = this.#options.versions();
      const chunkCount = versions.reduce((count, { index }) => count + index.chunkCount, 0);
      // Parts differ in size, but an attacker who picks digests can only make this keep more, or stop it with an error.
      const rounds = Math.max(1, Math.ceil((chunkCount * 1.1) / marksMax));
      for (let round = 0; round < rounds; round++) {
        const marks = await mark(versions, { round, rounds, marksMax, signal });
        const collected = await store.collect({
          isReferenced: (digest) =>
            roundOf(digest, rounds) !== round ||
            marks.has(digest) ||
            fresh.some((version) => version.numberOf(digest) >= 0),
          graceMs,
          signal,
        });
        sum.droppedChunks += collected.droppedChunks;
        sum.droppedBytes += collected.droppedBytes;
        sum.reclaimedBytes += collected.reclaimedBytes;
      }
    } finally {
      this.#fresh = undefined;
    }
    return sum;
  }
}

interface Marking {
  readonly round: number;
  readonly rounds: number;
  readonly marksMax: number;
  readonly signal: AbortSignal;
}

async function mark(versions: readonly MarkedVersion[], marking: Marking): Promise<DigestMarks> {
  const { round, rounds, marksMax, signal } = marking;
  const chunkCount = versions.reduce((count, { index }) => count + index.chunkCount, 0);
  const marks = new DigestMarks(Math.min(marksMax, Math.max(1, chunkCount)));
  let seen = 0;
  for (const { index } of versions) {
    for (let chunk = 0; chunk < index.chunkCount; chunk++) {
      const digest = Buffer.from(index.chunkDigest(chunk), "hex");
      if (roundOf(digest, rounds) === round) marks.add(digest);
      if (++seen % marksAtATime === 0) {
        await yieldToOthers();
        signal.throwIfAborted();
      }
    }
  }
  return marks;
}

/** Which round looks after a digest. */
const roundOf = (digest: Buffer, rounds: number): number =>
  Math.floor((digest.readUInt32BE(0) / 2 ** 32) * rounds);
