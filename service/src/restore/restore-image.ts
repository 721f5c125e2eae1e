/**
 * An image as a sparse raw file again. It grows aside, as `<path>.partial`, and gets its name when every chunk was verified
 * and every byte is safe from a power cut; a run that was interrupted leaves the partial file, and the next starts it anew.
 */
import { DvceError } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { FillOutcome, FillWrite } from "../fill/fill-jobs";
import type { FillChunk, FillWorkers } from "../fill/fill-workers";
import { SyncAlong } from "./sync-along";

/** One chunk of the image, from wherever it comes. */
export interface RestoreChunk {
  /** Its number in the index. */
  readonly chunk: number;
  readonly source: FillChunk["source"];
  /** Called when the source is not needed any more. */
  readonly release?: () => void;
  /** Brings the chunk from elsewhere when the source's bytes were found wrong. Throws when nobody else gives it. */
  readonly another?: () => Promise<FillChunk["source"]>;
}

export interface RestoreImageOptions {
  readonly index: ImageIndex;
  readonly path: string;
  readonly workers: FillWorkers;
  /** Every chunk of the index once, in any order. */
  readonly chunks: AsyncIterable<RestoreChunk>;
  /** Image bytes of the chunks that are in the file, of the index's `dataBytes`. */
  readonly onProgress?: (doneBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** Image bytes that one thread gets at a time. */
const jobBytes = 1024 * 1024;

/**
 * @throws DvceError `DVCE_CHUNK_CORRUPT` naming a chunk whose bytes are wrong; `DVCE_CHUNK_MISSING` when `chunks` ends early;
 *   `DVCE_OUTPUT_FAILED` when the file cannot be written. Then there is no file of that name, or the one from before.
 */
export async function restoreImage(options: RestoreImageOptions): Promise<void> {
  const { index, workers, chunks, onProgress, signal } = options;
  const path = resolve(options.path);
  const partial = `${path}.partial`;
  const target = await writing(path, () =>
    open(partial, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o644),
  );
  const syncAlong = new SyncAlong(target);
  const writesOf = new ChunkWrites(index);
  const running = new Set<Promise<void>>();
  let doneBytes = 0;
  let doneChunks = 0;
  let job: RestoreChunk[] = [];
  let bytes = 0;
  const start = async (): Promise<void> => {
    if (running.size > 2 * workers.workers) await Promise.race(running);
    const items = job;
    const sizeBytes = bytes;
    job = [];
    bytes = 0;
    const work = fillJob(target.fd, items, path, writesOf, workers).then(() => {
      running.delete(work);
      syncAlong.wrote(sizeBytes);
      doneBytes += sizeBytes;
      doneChunks += items.length;
      onProgress?.(doneBytes, index.dataBytes);
    });
    work.catch(() => undefined); // it is awaited here or at the end; until then a failure must not count as unhandled
    running.add(work);
  };
  try {
    await writing(path, () => target.truncate(index.sizeBytes));
    for await (const item of chunks) {
      signal?.throwIfAborted();
      job.push(item);
      bytes += index.chunkSizeBytes(item.chunk);
      if (bytes >= jobBytes) await start();
    }
    await start();
    await Promise.all(running);
    if (doneChunks !== index.chunkCount) throw incomplete(index, doneChunks);
    await writing(path, () => syncAlong.finish());
    await writing(path, () => rename(partial, path));
  } catch (error) {
    await Promise.allSettled(running);
    await syncAlong.idle();
    for (const { release } of job) release?.();
    await rm(partial, { force: true });
    throw error;
  } finally {
    await target.close();
  }
  const directory = await open(dirname(path));
  await writing(path, () => directory.sync()).finally(() => directory.close());
}

async function fillJob(
  fd: number,
  items: readonly RestoreChunk[],
  path: string,
  writesOf: ChunkWrites,
  workers: FillWorkers,
): Promise<void> {
  if (items.length === 0) return;
  try {
    const outcomes = await workers.fill(
      items.map(({ chunk, source }) => ({ targetFd: fd, source, writes: writesOf.of(chunk) })),
    );
    for (const [i, outcome] of outcomes.entries()) {
      const item = items[i];
      if (outcome.kind !== "bad" || item?.another === undefined) mustBeWritten(outcome, path);
      else await fillAgain(fd, item, item.another, path, writesOf, workers);
    }
  } finally {
    for (const { release } of items) release?.();
  }
}

/** Until one who gives the chunk gives it whole. */
async function fillAgain(
  fd: number,
  { chunk }: RestoreChunk,
  another: () => Promise<FillChunk["source"]>,
  path: string,
  writesOf: ChunkWrites,
  workers: FillWorkers,
): Promise<void> {
  for (;;) {
    const source = await another();
    const [outcome] = await workers.fill([{ targetFd: fd, source, writes: writesOf.of(chunk) }]);
    if (outcome === undefined || outcome.kind === "bad") continue;
    mustBeWritten(outcome, path);
    return;
  }
}

function mustBeWritten(outcome: FillOutcome, path: string): void {
  if (outcome.kind === "bad") throw new DvceError(outcome.code, outcome.message);
  if (outcome.kind === "unwritten") throw unwritable(path, outcome.message);
}

/** Where in the image each chunk's bytes go. Takes 4 bytes a chunk, and more for those that appear again. */
class ChunkWrites {
  readonly #index: ImageIndex;
  /** The extent that a chunk first appears in. */
  readonly #first: Uint32Array;
  readonly #further = new Map<number, number[]>();

  constructor(index: ImageIndex) {
    this.#index = index;
    this.#first = new Uint32Array(index.chunkCount);
    let next = 0;
    for (let i = 0; i < index.extentCount; i++) {
      const { chunk } = index.extentAt(i);
      if (chunk === next)
        this.#first[next++] = i; // chunks are numbered by their first appearance
      else {
        const further = this.#further.get(chunk);
        if (further === undefined) this.#further.set(chunk, [i]);
        else further.push(i);
      }
    }
  }

  of(chunk: number): FillWrite[] {
    const extents = [this.#first[chunk] ?? 0, ...(this.#further.get(chunk) ?? [])];
    return extents.map((extent) => {
      const { offsetInChunk, lengthBytes, offsetBytes } = this.#index.extentAt(extent);
      return { offsetInChunk, lengthBytes, offsetBytes };
    });
  }
}

async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unwritable(path, error instanceof Error ? error.message : String(error), error);
  }
}

const unwritable = (path: string, why: string, cause?: unknown) =>
  new DvceError("DVCE_OUTPUT_FAILED", `Unable to write ${path}: ${why}. Nothing was kept.`, { cause });

const incomplete = (index: ImageIndex, doneChunks: number) =>
  new DvceError(
    "DVCE_CHUNK_MISSING",
    `Only ${doneChunks} of the ${index.chunkCount} chunks of version ${index.version} came.`,
  );
