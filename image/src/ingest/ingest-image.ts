import { defaultChunking, type ChunkingParameters } from "../chunking/parameters";
import type { EncodedChunk } from "../codec/codec";
import { digestSizeBytes, type Digest } from "../digest/digest";
import type { ImageIndex } from "../index/image-index";
import { IndexBuilder } from "../index/index-builder";
import type { ImageSource } from "../source/image-source";
import { ChunkWorkers } from "../workers/chunk-workers";
import { runPipeline } from "./pipeline";
import { readRuns } from "./read-runs";
import { encodedChunks, segmentBuffers } from "./segment-buffers";
import { type Segment, segments } from "./segments";

/** Where an ingest puts chunks. */
export interface ChunkSink {
  /**
   * Those of `digests` that the sink lacks. The others stay for as long as the ingest may take: the sink keeps them from
   * collection. Asked in image order, and about each digest once.
   */
  missing(digests: readonly Digest[]): Promise<readonly Digest[]>;
  /**
   * Keeps chunks, in image order; their digests are right. Called again before an earlier call has settled. Payloads are
   * the ingest's memory: they hold until the promise settles.
   */
  put(chunks: readonly EncodedChunk[]): Promise<void>;
  /** Called when the ingest has ended, whichever way: what it was told to be missing and did not put, it never will. */
  close?(): void;
}

export interface IngestProgress {
  /** Image bytes that are done with, holes included. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface BuildIndexOptions {
  /** Default threads of its own, which end with it. */
  readonly workers?: ChunkWorkers;
  /** Memory for image data, at least 16 MiB. Default 144 MiB; with two threads the process stays below 256. */
  readonly memoryBytesMax?: number;
  readonly onProgress?: (progress: IngestProgress) => void;
  readonly signal?: AbortSignal;
  /** Default {@link defaultChunking}. */
  readonly chunking?: ChunkingParameters;
}

export interface IngestOptions extends BuildIndexOptions {
  /** zstd level. Default 1. */
  readonly level?: number;
}

/**
 * Reads an image once, cuts it, and gives the sink those chunks that it lacks; only these are compressed. So an ingest
 * that was interrupted continues when it is started again. Segments go through worker threads side by side; chunks
 * reach the sink in image order, so the same image always makes the same pack.
 *
 * Throws what source and sink throw, `DVCE_IMAGE_CHANGED` when the file changed meanwhile, and the signal's reason. When it
 * settles, neither source nor sink is in use any more.
 */
export function ingestImage(
  source: ImageSource,
  sink: ChunkSink,
  options: IngestOptions = {},
): Promise<ImageIndex> {
  return run(source, sink, options);
}

/** The index of an image, without its chunks; otherwise as {@link ingestImage}. */
export function buildIndex(source: ImageSource, options: BuildIndexOptions = {}): Promise<ImageIndex> {
  return run(source, undefined, options);
}

async function run(
  source: ImageSource,
  sink: ChunkSink | undefined,
  options: IngestOptions,
): Promise<ImageIndex> {
  const workers = options.workers ?? new ChunkWorkers();
  try {
    return await new Ingest(source, sink, workers, options).run();
  } finally {
    sink?.close?.();
    if (workers !== options.workers) await workers.close();
  }
}

/** Chunks of a segment that the sink lacks. */
interface Wanted {
  readonly digests: readonly Digest[];
  readonly ranges: Uint32Array<ArrayBuffer>;
}

const noChunks: readonly EncodedChunk[] = [];

class Ingest {
  readonly #source: ImageSource;
  readonly #sink: ChunkSink | undefined;
  readonly #workers: ChunkWorkers;
  readonly #options: IngestOptions;
  readonly #chunking: ChunkingParameters;
  readonly #builder: IndexBuilder;
  #doneBytes = 0;

  constructor(
    source: ImageSource,
    sink: ChunkSink | undefined,
    workers: ChunkWorkers,
    options: IngestOptions,
  ) {
    this.#source = source;
    this.#sink = sink;
    this.#workers = workers;
    this.#options = options;
    this.#chunking = options.chunking ?? defaultChunking;
    this.#builder = new IndexBuilder(source.sizeBytes, this.#chunking);
  }

  async run(): Promise<ImageIndex> {
    const { segmentSizeBytes } = this.#chunking;
    const { memoryBytesMax, signal } = this.#options;
    this.#workers.start(this.#workers.workers); // they take a while, as finding the data does
    const buffers = segmentBuffers(segmentSizeBytes, this.#workers.workers, memoryBytesMax);
    await runPipeline(segments(this.#source, this.#chunking), buffers, {
      prepare: (segment: Segment, data) => this.#readAndCut(segment, data),
      order: async (segment, data, cut) => {
        const wanted = await this.#addToIndex(segment, cut.ranges, Buffer.from(cut.digests.buffer));
        return () => this.#encode(data, wanted);
      },
      finish: async (segment, _data, chunks) => {
        if (chunks.length > 0) await this.#sink?.put(chunks);
        this.#report(Math.min(this.#source.sizeBytes, segment.offsetBytes + segmentSizeBytes));
      },
    });
    signal?.throwIfAborted();
    await this.#source.verifyUnchanged();
    this.#report(this.#source.sizeBytes);
    return this.#builder.build();
  }

  async #readAndCut({ offsetBytes, runs }: Segment, data: SharedArrayBuffer) {
    this.#options.signal?.throwIfAborted();
    await readRuns(this.#source, runs, offsetBytes, data);
    const ranges = runs.map((run) => ({ ...run, offsetBytes: run.offsetBytes - offsetBytes }));
    return this.#workers.cut(data, ranges, this.#chunking);
  }

  /** Adds the segment's chunks to the index and answers those that are new to it and that the sink lacks. */
  async #addToIndex(segment: Segment, ranges: Uint32Array, digests: Buffer): Promise<Wanted> {
    const fresh = new Map<Digest, number>();
    for (let i = 0; i * 2 < ranges.length; i++) {
      const digest = digests.subarray(i * digestSizeBytes, (i + 1) * digestSizeBytes);
      const lengthBytes = ranges[2 * i + 1] ?? 0;
      const extent = {
        offsetBytes: segment.offsetBytes + (ranges[2 * i] ?? 0),
        offsetInChunk: 0,
        lengthBytes,
      };
      const isNew = this.#builder.add(digest, lengthBytes, extent);
      if (isNew && this.#sink !== undefined) fresh.set(digest.toString("hex"), i);
    }
    const missing = fresh.size > 0 ? ((await this.#sink?.missing([...fresh.keys()])) ?? []) : [];
    const wanted = missing.flatMap((digest) => {
      const i = fresh.get(digest) ?? 0;
      return [ranges[2 * i] ?? 0, ranges[2 * i + 1] ?? 0];
    });
    return { digests: missing, ranges: Uint32Array.from(wanted) };
  }

  async #encode(data: SharedArrayBuffer, { digests, ranges }: Wanted): Promise<readonly EncodedChunk[]> {
    if (digests.length === 0) return noChunks;
    const answer = await this.#workers.encode(data, ranges, { level: this.#options.level ?? 1 });
    return encodedChunks(data, ranges, answer, digests);
  }

  #report(doneBytes: number): void {
    this.#doneBytes = Math.max(this.#doneBytes, doneBytes); // segments are stored side by side
    this.#options.onProgress?.({ doneBytes: this.#doneBytes, totalBytes: this.#source.sizeBytes });
  }
}
