import { WorkerPool, type EncodedChunk } from "@dvce/image";
import { availableParallelism } from "node:os";
import type { ChunkPlace } from "../store/chunk-store";
import type { FillItem, FillJob, FillOutcome, FillWrite } from "./fill-jobs";
import { workerEntry } from "./fill.worker-entry";

/** A chunk to put into a file: from where it lies in a pack, or as it came. */
export interface FillChunk {
  /** Descriptor of the file, open for writing. */
  readonly targetFd: number;
  readonly source: EncodedChunk | { readonly digest: string; readonly place: Omit<ChunkPlace, "release"> };
  readonly writes: readonly FillWrite[];
}

export interface FillWorkersOptions {
  /** Threads at most. Default the number of cores, at most 8. */
  readonly workers?: number;
}

/**
 * Threads that turn stored chunks into bytes of a file: they read, decompress, verify and write, so that image bytes never
 * pass through the main thread. Base files are filled so, and images are restored so.
 */
export class FillWorkers {
  readonly #pool: WorkerPool<FillJob, FillOutcome[]>;

  constructor(options: FillWorkersOptions = {}) {
    const workers = options.workers ?? Math.min(8, availableParallelism());
    this.#pool = new WorkerPool({ entry: workerEntry, workers });
  }

  /** Threads at most. */
  get workers(): number {
    return this.#pool.workers;
  }

  /**
   * Puts the chunks of one call into their files on one thread, and answers what became of each. Give it about a megabyte, and
   * several calls at once to use all cores. Descriptors and places must stay valid until it resolves.
   */
  fill(
    chunks: readonly FillChunk[],
    options: { readonly urgent?: boolean } = {},
  ): Promise<readonly FillOutcome[]> {
    const payloads: Buffer[] = [];
    const items = chunks.map(({ targetFd, source, writes: places }): FillItem => {
      const writes = places.flatMap((place) => [place.offsetInChunk, place.lengthBytes, place.offsetBytes]);
      if ("place" in source) {
        const { fd, payloadOffsetBytes, payloadBytes, sizeBytes, codec } = source.place;
        return {
          targetFd,
          digest: source.digest,
          sizeBytes,
          codec,
          payloadBytes,
          place: { fd, payloadOffsetBytes },
          writes,
        };
      }
      const { digest, sizeBytes, codec, payload } = source;
      payloads.push(payload);
      return { targetFd, digest, sizeBytes, codec, payloadBytes: payload.length, writes };
    });
    if (payloads.length === 0) return this.#pool.run({ items }, options);
    // One buffer of its own, which moves to the thread; a view would take the whole buffer along that it lies in.
    const joined = new Uint8Array(payloads.reduce((sum, payload) => sum + payload.length, 0));
    let at = 0;
    for (const payload of payloads) {
      joined.set(payload, at);
      at += payload.length;
    }
    return this.#pool.run({ items, payloads: joined }, { ...options, transfer: [joined.buffer] });
  }

  /** Ends the threads; work that is not done fails. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}
