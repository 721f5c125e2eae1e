import { availableParallelism } from "node:os";
import { DvceError } from "@dvce/api";
import { batchRecordSizeBytes, encodeBatchRecords } from "../batch/encode";
import type { ChunkingParameters } from "../chunking/parameters";
import type { EncodedChunk } from "../codec/codec";
import { workerEntry } from "./chunk.worker-entry";
import type {
  ChunkAnswer,
  ChunkJob,
  CutAnswer,
  DecodeAnswer,
  EncodeAnswer,
  Range,
  VerifyAnswer,
} from "./chunk-jobs";
import { WorkerPool } from "./worker-pool";

export interface ChunkWorkersOptions {
  /** Threads at most. Default the number of cores, at most 8. */
  readonly workers?: number;
}

/**
 * Threads that cut, hash, compress and decompress, so that the main thread is free for its sockets and all cores take part.
 * One for a process is enough. Threads start with the first work, do not keep an idle process alive, and are replaced
 * when they end; work that one held then fails with `DVCE_INTERNAL`.
 */
export class ChunkWorkers {
  readonly #pool: WorkerPool<ChunkJob, ChunkAnswer>;

  constructor(options: ChunkWorkersOptions = {}) {
    const workers = options.workers ?? Math.min(8, availableParallelism());
    this.#pool = new WorkerPool({ entry: workerEntry, workers });
  }

  /** Threads at most. */
  get workers(): number {
    return this.#pool.workers;
  }

  /** Starts so many threads now, at most all, which the first work would else wait for some hundredths of a second. */
  start(threads: number): void {
    this.#pool.start(threads);
  }

  /**
   * Cuts runs of image data that lie in `data` and hashes the chunks. The answer's offsets count from the start of
   * `data`, which must not change meanwhile.
   */
  async cut(
    data: SharedArrayBuffer,
    runs: readonly Range[],
    chunking: ChunkingParameters,
  ): Promise<CutAnswer> {
    return (await this.#pool.run({ kind: "cut", data, runs, chunking })) as CutAnswer;
  }

  /**
   * Compresses the chunks of `data` that `ranges` gives (offset and length of each, in order) in place: what becomes of them
   * then lies at the start of `data`, one after the other. The data may not be used meanwhile. With `digests`, 32 bytes
   * each, the answer names the first chunk that does not have its digest.
   */
  async encode(
    data: SharedArrayBuffer,
    ranges: Uint32Array<ArrayBuffer>,
    options: { readonly level?: number; readonly digests?: Uint8Array } = {},
  ): Promise<EncodeAnswer> {
    const job = { kind: "encode", data, ranges, level: options.level ?? 1 } as const;
    const { digests } = options;
    return (await this.#pool.run(digests === undefined ? job : { ...job, digests })) as EncodeAnswer;
  }

  /**
   * The chunks' bytes in the order of `chunks`, each in a buffer of its own, verified as `decodeChunk` does; for one that is
   * damaged its `DVCE_CHUNK_CORRUPT`. All of one call are decoded by one thread, which takes about 1 ms for 1 MB: give
   * it batches, of at most a few megabytes, and several at once to use all cores. `urgent` overtakes what waits.
   */
  async decodeMany(
    chunks: readonly EncodedChunk[],
    options: { readonly urgent?: boolean } = {},
  ): Promise<(Buffer | DvceError)[]> {
    if (chunks.length === 0) return [];
    const records = encodeBatchRecords(chunks);
    const job = { kind: "decode", records } as const;
    const { results } = (await this.#pool.run(job, {
      ...options,
      transfer: [records.buffer],
    })) as DecodeAnswer;
    return results.map((result) =>
      "code" in result
        ? new DvceError(result.code, result.message)
        : Buffer.from(result.buffer, result.byteOffset, result.byteLength),
    );
  }

  /**
   * As {@link decodeMany}, for those who do not want the bytes now: the chunks as they are, with their checksums, their
   * payloads in memory that they share with each other and with nothing else.
   */
  async verifyMany(
    chunks: readonly EncodedChunk[],
    options: { readonly urgent?: boolean } = {},
  ): Promise<(EncodedChunk | DvceError)[]> {
    if (chunks.length === 0) return [];
    const sent = encodeBatchRecords(chunks);
    const job = { kind: "verify", records: sent } as const;
    const answer = await this.#pool.run(job, { ...options, transfer: [sent.buffer] });
    const { records, payloadCrcs, damaged } = answer as VerifyAnswer;
    let at = 0;
    const verified = chunks.map((chunk, i): EncodedChunk | DvceError => {
      at += batchRecordSizeBytes(chunk);
      const payloadAt = records.byteOffset + at - chunk.payload.length;
      const payload = Buffer.from(records.buffer, payloadAt, chunk.payload.length);
      return { ...chunk, payload, payloadCrc32: payloadCrcs[i] ?? 0 };
    });
    for (const { i, code, message } of damaged) verified[i] = new DvceError(code, message);
    return verified;
  }

  /** Ends the threads; work that is not done fails. */
  close(): Promise<void> {
    return this.#pool.close();
  }
}
