/** The node's chunks for its base files: its own packs by threads of their own, everything else by the chunk reader. */
import type { ImageIndex, IndexExtent } from "@dvce/image";
import { availableParallelism } from "node:os";
import type { FillOutcome } from "../fill/fill-jobs";
import { FillWorkers, type FillChunk } from "../fill/fill-workers";
import type { ChunkReader } from "../peers/chunk-reader";
import type { FetchPriority } from "../peers/fetch-priority";
import type { ChunkStore } from "../store";
import type { ChunkSupply, DecodeOutcome } from "./chunk-supply";

export interface NodeChunkSupplyOptions {
  readonly store: Pick<ChunkStore, "has" | "locate" | "verify">;
  readonly chunks: Pick<ChunkReader, "read">;
  /** A chunk of this node was found damaged; the store has been told. */
  readonly onLost: (digest: string) => void;
  /** Threads that decode. Default the number of cores, at most 4. */
  readonly workers?: number;
}

/** About 1 ms of work. */
const jobsPerMessageMax = 8;

interface WaitingJob {
  readonly chunk: FillChunk;
  readonly resolve: (outcome: FillOutcome) => void;
  readonly reject: (error: unknown) => void;
}

export class NodeChunkSupply implements ChunkSupply {
  readonly #options: NodeChunkSupplyOptions;
  readonly #urgent: WaitingJob[] = [];
  readonly #waiting: WaitingJob[] = [];
  readonly #fillers: FillWorkers;

  constructor(options: NodeChunkSupplyOptions) {
    this.#options = options;
    const workers = options.workers ?? Math.min(4, availableParallelism());
    this.#fillers = new FillWorkers({ workers });
  }

  isLocal(index: ImageIndex, chunk: number): boolean {
    return this.#options.store.has(index.chunkDigest(chunk));
  }

  async decodeInto(
    fd: number,
    index: ImageIndex,
    chunk: number,
    extents: readonly IndexExtent[],
    priority: FetchPriority,
  ): Promise<DecodeOutcome> {
    const digest = index.chunkDigest(chunk);
    const place = this.#options.store.locate(digest);
    if (place === undefined || place.sizeBytes !== index.chunkSizeBytes(chunk)) {
      place?.release();
      return "absent";
    }
    let outcome: FillOutcome;
    try {
      const { release: _, ...source } = place;
      outcome = await this.#decode(
        { targetFd: fd, source: { digest, place: source }, writes: extents },
        priority === "read",
      );
    } finally {
      place.release();
    }
    if (outcome.kind === "written") return "written";
    if (outcome.kind === "unwritten") {
      const { buffer, byteOffset, byteLength } = outcome.data;
      return { data: Buffer.from(buffer, byteOffset, byteLength), error: new Error(outcome.message) };
    }
    if (!(await this.#options.store.verify(digest))) this.#options.onLost(digest);
    return "absent";
  }

  async isIn(
    fd: number,
    index: ImageIndex,
    chunk: number,
    offsetBytes: number,
    priority: FetchPriority,
  ): Promise<boolean> {
    const sizeBytes = index.chunkSizeBytes(chunk);
    const place = { fd, offsetBytes, payloadOffsetBytes: offsetBytes, payloadBytes: sizeBytes, sizeBytes };
    const source = { digest: index.chunkDigest(chunk), place: { ...place, codec: "raw" as const } };
    const { kind } = await this.#decode({ targetFd: fd, source, writes: [] }, priority === "read");
    return kind === "written"; // verified, with nothing to write
  }

  /** Jobs that come in one turn go out together: a message between threads costs a fifth of a chunk's decoding. */
  #decode(chunk: FillChunk, urgent: boolean): Promise<FillOutcome> {
    return new Promise((resolve, reject) => {
      const queue = urgent ? this.#urgent : this.#waiting;
      if (queue.push({ chunk, resolve, reject }) === 1) setImmediate(() => this.#sendAll(queue, urgent));
    });
  }

  #sendAll(queue: WaitingJob[], urgent: boolean): void {
    const waiting = queue.splice(0);
    // As even over the threads as it goes, but never so many that others wait long behind them.
    const perMessage = Math.min(jobsPerMessageMax, Math.ceil(waiting.length / this.#fillers.workers));
    for (let i = 0; i < waiting.length; i += perMessage) {
      const group = waiting.slice(i, i + perMessage);
      this.#fillers
        .fill(
          group.map(({ chunk }) => chunk),
          { urgent },
        )
        .then(
          (outcomes) => outcomes.forEach((outcome, at) => group[at]?.resolve(outcome)),
          (error: unknown) => group.forEach(({ reject }) => reject(error)),
        );
    }
  }

  read(index: ImageIndex, chunk: number, priority: FetchPriority): Promise<Buffer> {
    return this.#options.chunks.read(index, chunk, priority);
  }

  hurry(index: ImageIndex, chunk: number, priority: FetchPriority): void {
    if (this.isLocal(index, chunk)) return;
    // Shares the fetch that is under way, and takes its place in the order; its bytes are the fetch's own caller's.
    this.#options.chunks.read(index, chunk, priority).catch(() => undefined);
  }

  close(): Promise<void> {
    return this.#fillers.close();
  }
}
