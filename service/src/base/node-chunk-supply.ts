/** The node's chunks for its base files: its own packs by threads of their own, everything else by the chunk reader. */
import { WorkerPool, type ImageIndex, type IndexExtent } from "@dvce/image";
import { availableParallelism } from "node:os";
import type { ChunkReader } from "../peers/chunk-reader";
import type { FetchPriority } from "../peers/fetch-priority";
import type { ChunkStore } from "../store";
import type { ChunkSupply, DecodeOutcome } from "./chunk-supply";
import type { FillJob, FillResult } from "./fill-job";
import { workerEntry } from "./fill.worker-entry";

export interface NodeChunkSupplyOptions {
  readonly store: Pick<ChunkStore, "has" | "locate" | "verify">;
  readonly chunks: Pick<ChunkReader, "read">;
  /** A chunk of this node was found damaged; the store has been told. */
  readonly onLost: (digest: string) => void;
  /** Threads that decode. Default the number of cores, at most 4. */
  readonly workers?: number;
}

export class NodeChunkSupply implements ChunkSupply {
  readonly #options: NodeChunkSupplyOptions;
  readonly #pool: WorkerPool<FillJob, FillResult>;

  constructor(options: NodeChunkSupplyOptions) {
    this.#options = options;
    const workers = options.workers ?? Math.min(4, availableParallelism());
    this.#pool = new WorkerPool({ entry: workerEntry, workers });
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
    let result: FillResult;
    try {
      const job: FillJob = {
        digest,
        sizeBytes: place.sizeBytes,
        codec: place.codec,
        packFd: place.fd,
        payloadOffsetBytes: place.payloadOffsetBytes,
        payloadBytes: place.payloadBytes,
        fd,
        extents: extents.flatMap((extent) => [extent.offsetInChunk, extent.lengthBytes, extent.offsetBytes]),
      };
      result = await this.#pool.run(job, { urgent: priority === "read" });
    } finally {
      place.release();
    }
    if (result.kind === "written") return "written";
    if (result.kind === "unwritten") {
      const { buffer, byteOffset, byteLength } = result.data;
      return { data: Buffer.from(buffer, byteOffset, byteLength), error: new Error(result.message) };
    }
    if (!(await this.#options.store.verify(digest))) this.#options.onLost(digest);
    return "absent";
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
    return this.#pool.close();
  }
}
