import { setTimeout as sleep } from "node:timers/promises";
import { isDvceError, type ControllerClient, type ImageVersion } from "@dvce/api";
import { batchRecordSizeBytes, encodeBatch } from "../batch/encode";
import { ChunkBitmap } from "../bitmap/bitmap";
import type { EncodedChunk } from "../codec/codec";
import type { ImageIndex } from "../index/image-index";
import { openImageSource } from "../source/open";
import { readMissingChunks } from "./read-missing";

export interface PushProgress {
  /** Image bytes, before compression, that the pool holds of this version. */
  readonly sentBytes: number;
  readonly totalBytes: number;
  readonly phase: "read" | "send";
}

export interface PushImageOptions {
  /** The name that the version gets in the pool. */
  readonly image: string;
  /** The file that `index` was made from. */
  readonly path: string;
  readonly index: ImageIndex;
  readonly onProgress?: (progress: PushProgress) => void;
  readonly signal?: AbortSignal;
  /** Pause before the second try of a request; doubles with each. Default 500 ms. */
  readonly retryPauseMs?: number;
}

const batchPayloadBytes = 4 * 1024 * 1024;
const batchChunks = 1024;
/** Batches under way: one is stored by the pool while the next travels. */
const batchesInFlight = 2;
const triesMax = 5;

/**
 * Makes a version known to the controller, sends the chunks that its replicas lack, and commits it. What arrived before an
 * interruption is not sent again: pushing once more resumes. Takes about 32 MiB of memory beside the index.
 *
 * Throws `DVCE_IMAGE_CHANGED` when the file no longer holds what the index says; then nothing is committed. Requests that can
 * succeed later are tried up to five times.
 */
export async function pushImage(client: ControllerClient, options: PushImageOptions): Promise<ImageVersion> {
  const { index, image } = options;
  const announced = await retrying(options, () => client.announceVersion(image, index.encode()));
  const missing = ChunkBitmap.fromBase64(announced.missing, index.chunkCount);
  const progress = new Progress(options, missing);
  if (missing.count() > 0) await sendMissing(client, options, missing, progress);
  const committed = await retrying(options, () => client.commitVersion(index.version, image));
  progress.sent(0);
  return committed;
}

async function sendMissing(
  client: ControllerClient,
  options: PushImageOptions,
  missing: ChunkBitmap,
  progress: Progress,
): Promise<void> {
  const source = await openImageSource(options.path);
  const inFlight = new Set<Promise<void>>();
  try {
    for await (const batch of batches(readMissingChunks(source, options.index, missing, options.signal))) {
      if (inFlight.size >= batchesInFlight) await Promise.race(inFlight);
      const bytes = encodeBatch(batch);
      const task: Promise<void> = retrying(options, () =>
        client.putChunks(options.index.version, bytes),
      ).then(() => {
        progress.sent(batch.reduce((sum, chunk) => sum + chunk.sizeBytes, 0));
        inFlight.delete(task); // one that failed stays, and its error is met where the set is awaited
      });
      task.catch(() => undefined); // it is awaited above or below; until then a failure must not count as unhandled
      inFlight.add(task);
      progress.read();
    }
    await Promise.all(inFlight);
    await source.verifyUnchanged();
  } finally {
    await Promise.allSettled(inFlight);
    await source.close();
  }
}

async function* batches(
  chunks: AsyncIterable<EncodedChunk>,
): AsyncGenerator<EncodedChunk[], void, undefined> {
  let batch: EncodedChunk[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    batch.push(chunk);
    sizeBytes += batchRecordSizeBytes(chunk);
    if (sizeBytes >= batchPayloadBytes || batch.length >= batchChunks) {
      yield batch;
      batch = [];
      sizeBytes = 0;
    }
  }
  if (batch.length > 0) yield batch;
}

/** Tries again what the error catalogue says can succeed later. Every request of a push may be repeated. */
async function retrying<T>(options: PushImageOptions, request: () => Promise<T>): Promise<T> {
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
  readonly #options: PushImageOptions;
  readonly #totalBytes: number;
  #sentBytes: number;

  constructor(options: PushImageOptions, missing: ChunkBitmap) {
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
