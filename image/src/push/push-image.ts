import { setTimeout as sleep } from "node:timers/promises";
import { isDvceError, type ControllerClient, type ImageVersion } from "@dvce/api";
import { batchRecordSizeBytes, encodeBatch } from "../batch/encode";
import { ChunkBitmap } from "../bitmap/bitmap";
import type { EncodedChunk } from "../codec/codec";
import type { ImageIndex } from "../index/image-index";
import { indexMessage } from "../index/message";
import { sendMissing } from "../ingest/send-missing";
import { openImageSource } from "../source/open";
import type { ChunkWorkers } from "../workers/chunk-workers";

export interface PushProgress {
  /** Image bytes, before compression, that the pool holds of this version. */
  readonly sentBytes: number;
  readonly totalBytes: number;
  readonly phase: "read" | "send";
}

interface PushOptions {
  /** The name that the version gets in the pool. */
  readonly image: string;
  readonly index: ImageIndex;
  readonly onProgress?: (progress: PushProgress) => void;
  readonly signal?: AbortSignal;
  /** Pause before the second try of a request; doubles with each. Default 500 ms. */
  readonly retryPauseMs?: number;
}

export interface PushVersionOptions extends PushOptions {
  /**
   * Gives `put` every chunk of the index whose bit is set, each once and in any order. Chunks' memory is in use until the
   * call of `put` settles; the next call waits for its turn.
   */
  readonly send: (
    missing: ChunkBitmap,
    put: (chunks: readonly EncodedChunk[]) => Promise<void>,
  ) => Promise<void>;
}

export interface PushImageOptions extends PushOptions {
  /** The file that `index` was made from. */
  readonly path: string;
  /** Default threads of its own, which end with it. */
  readonly workers?: ChunkWorkers;
  /** zstd level. Default 1. */
  readonly level?: number;
}

const batchPayloadBytes = 4 * 1024 * 1024;
const batchChunks = 1024;
/** Batches under way: one is stored by the pool while the next travels. */
const batchesInFlight = 2;
const triesMax = 5;

/**
 * Makes a version known to the controller, sends the chunks that its replicas lack, and commits it. What arrived before an
 * interruption is not sent again: pushing once more resumes. Takes at most 144 MiB for image data, beside the index.
 *
 * Throws `DVCE_IMAGE_CHANGED` when the file no longer holds what the index says; then nothing is committed. Requests that can
 * succeed later are tried up to five times.
 */
export function pushImage(client: ControllerClient, options: PushImageOptions): Promise<ImageVersion> {
  const { path, workers, level, ...rest } = options;
  return pushVersion(client, {
    ...rest,
    send: async (missing, put) => {
      const source = await openImageSource(path);
      try {
        await sendMissing(source, options.index, {
          missing,
          put,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
          ...(workers === undefined ? {} : { workers }),
          ...(level === undefined ? {} : { level }),
        });
      } finally {
        await source.close();
      }
    },
  });
}

/** As {@link pushImage}, of a version whose chunks the caller has. Throws what `send` throws, too. */
export async function pushVersion(
  client: ControllerClient,
  options: PushVersionOptions,
): Promise<ImageVersion> {
  const { index, image } = options;
  const announced = await retrying(options, () => client.announceVersion(image, indexMessage(index)));
  const missing = ChunkBitmap.fromBase64(announced.missing, index.chunkCount);
  const progress = new Progress(options, missing);
  if (missing.count() > 0) await send(client, options, missing, progress);
  const committed = await retrying(options, () => client.commitVersion(index.version, image));
  progress.sent(0);
  return committed;
}

async function send(
  client: ControllerClient,
  options: PushVersionOptions,
  missing: ChunkBitmap,
  progress: Progress,
): Promise<void> {
  const batches = new Batches(async (bytes, dataBytes) => {
    await retrying(options, () => client.putChunks(options.index.version, bytes));
    progress.sent(dataBytes);
  });
  try {
    await options.send(missing, async (chunks) => {
      await batches.add(chunks);
      progress.read();
    });
    await batches.flush();
  } finally {
    await batches.settle();
  }
}

/** Joins chunks to batches of a good size for one request, and sends a few at once. */
class Batches {
  readonly #send: (bytes: Buffer, dataBytes: number) => Promise<void>;
  readonly #inFlight = new Set<Promise<void>>();
  #chunks: EncodedChunk[] = [];
  #sizeBytes = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(send: (bytes: Buffer, dataBytes: number) => Promise<void>) {
    this.#send = send;
  }

  /** Resolves when the chunks' memory is no longer needed. One call after the other, in the order of the calls. */
  add(chunks: readonly EncodedChunk[]): Promise<void> {
    this.#last = this.#last.then(() => this.#add(chunks));
    return this.#last;
  }

  async flush(): Promise<void> {
    await this.#dispatch();
    await Promise.all(this.#inFlight);
  }

  /** Waits for what is under way, also after a failure. */
  async settle(): Promise<void> {
    await Promise.allSettled([this.#last, ...this.#inFlight]);
  }

  async #add(chunks: readonly EncodedChunk[]): Promise<void> {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#sizeBytes += batchRecordSizeBytes(chunk);
      if (this.#sizeBytes >= batchPayloadBytes || this.#chunks.length >= batchChunks) await this.#dispatch();
    }
    // The rest waits for the next call, in memory of its own.
    this.#chunks = this.#chunks.map((chunk) => ({ ...chunk, payload: Buffer.from(chunk.payload) }));
  }

  async #dispatch(): Promise<void> {
    if (this.#chunks.length === 0) return;
    const bytes = encodeBatch(this.#chunks);
    const dataBytes = this.#chunks.reduce((sum, chunk) => sum + chunk.sizeBytes, 0);
    this.#chunks = [];
    this.#sizeBytes = 0;
    while (this.#inFlight.size >= batchesInFlight) await Promise.race(this.#inFlight);
    const task: Promise<void> = this.#send(bytes, dataBytes).then(() => {
      this.#inFlight.delete(task); // one that failed stays, and its error is met where the set is awaited
    });
    task.catch(() => undefined); // it is awaited above or in flush; until then a failure must not count as unhandled
    this.#inFlight.add(task);
  }
}

/** Tries again what the error catalogue says can succeed later. Every request of a push may be repeated. */
async function retrying<T>(options: PushOptions, request: () => Promise<T>): Promise<T> {
  let pauseMs = options.retryPauseMs ?? 500;
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    try {
      return await request();
    } catch (error) {
      if (!isDvceError(error) || !error.retryable || attempt >= triesMax) throw error;
      await sleep(pauseMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
      pauseMs *= 2;
    }
  }
}

class Progress {
  readonly #options: PushOptions;
  readonly #totalBytes: number;
  #sentBytes: number;

  constructor(options: PushOptions, missing: ChunkBitmap) {
    this.#options = options;
    this.#totalBytes = options.index.dataBytes;
    // `missingBytes` counts chunks whose bit is not set: here those that the pool has.
    this.#sentBytes = missing.missingBytes(options.index);
    this.read();
  }

  read(): void {
    this.#report("read");
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes;
    this.#report("send");
  }

  #report(phase: PushProgress["phase"]): void {
    this.#options.onProgress?.({ sentBytes: this.#sentBytes, totalBytes: this.#totalBytes, phase });
  }
}
