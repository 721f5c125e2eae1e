import { cutRun } from "../chunking/cut";
import { defaultChunking, type ChunkingParameters } from "../chunking/parameters";
import { digestBytesOf, type Digest } from "../digest/digest";
import type { DataExtent, ImageSource } from "../source/image-source";
import type { ImageIndex } from "./image-index";
import { IndexBuilder } from "./index-builder";

export interface IndexProgress {
  /** Image bytes looked at, holes included. */
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface BuildIndexOptions {
  /**
   * Called for every chunk that is new to this index, in order. `data` may be overwritten once the returned promise
   * settles.
   */
  readonly onChunk?: (chunk: { readonly digest: Digest; readonly data: Buffer }) => Promise<void> | void;
  readonly onProgress?: (progress: IndexProgress) => void;
  readonly signal?: AbortSignal;
  /** Default {@link defaultChunking}. */
  readonly chunking?: ChunkingParameters;
}

/**
 * Reads an image once and cuts it into chunks. Takes two segments (32 MiB) of memory beside the index, whatever
 * the image's size: one is read while the other is cut and hashed.
 *
 * Throws what the source throws, `DVCE_IMAGE_CHANGED` when the file changed meanwhile, and the signal's reason.
 */
export async function buildIndex(source: ImageSource, options: BuildIndexOptions = {}): Promise<ImageIndex> {
  const chunking = options.chunking ?? defaultChunking;
  const builder = new IndexBuilder(source.sizeBytes, chunking);
  const report = (doneBytes: number) => options.onProgress?.({ doneBytes, totalBytes: source.sizeBytes });
  const onChunk = options.onChunk;
  for await (const run of readAhead(source, runs(source, chunking))) {
    options.signal?.throwIfAborted();
    const fresh: { digest: Digest; data: Buffer }[] = [];
    cutRun(run.data, chunking, (start, end) => {
      const data = run.data.subarray(start, end);
      const digest = digestBytesOf(data);
      const extent = { offsetBytes: run.offsetBytes + start, offsetInChunk: 0, lengthBytes: data.length };
      const isNew = builder.add(digest, data.length, extent);
      if (isNew && onChunk !== undefined) fresh.push({ digest: digest.toString("hex"), data });
    });
    for (const chunk of fresh) await onChunk?.(chunk);
    report(run.offsetBytes + run.data.length);
  }
  options.signal?.throwIfAborted();
  await source.verifyUnchanged();
  report(source.sizeBytes);
  return builder.build();
}

/**
 * The source's data as runs for `cutRun`: widened to whole blocks, joined where they touch, divided at segments. So the
 * cuts do not depend on how finely a source reports its extents.
 */
async function* runs(
  source: ImageSource,
  chunking: ChunkingParameters,
): AsyncGenerator<DataExtent, void, undefined> {
  const { blockSizeBytes } = chunking;
  let start = 0;
  let end = 0;
  for await (const extent of source.dataExtents()) {
    const from = Math.floor(extent.offsetBytes / blockSizeBytes) * blockSizeBytes;
    const to = Math.ceil((extent.offsetBytes + extent.lengthBytes) / blockSizeBytes) * blockSizeBytes;
    if (from > end) {
      yield* divide(start, Math.min(end, source.sizeBytes), chunking.segmentSizeBytes);
      start = from;
    }
    end = Math.max(end, to);
    // What is known of a long extent is passed on at once, so that nothing waits for the end of the image.
    const whole = Math.floor(end / chunking.segmentSizeBytes) * chunking.segmentSizeBytes;
    if (whole > start) {
      yield* divide(start, Math.min(whole, source.sizeBytes), chunking.segmentSizeBytes);
      start = whole;
    }
  }
  yield* divide(start, Math.min(end, source.sizeBytes), chunking.segmentSizeBytes);
}

function* divide(
  start: number,
  end: number,
  segmentSizeBytes: number,
): Generator<DataExtent, void, undefined> {
  for (let at = start; at < end;) {
    const stop = Math.min(end, (Math.floor(at / segmentSizeBytes) + 1) * segmentSizeBytes);
    yield { offsetBytes: at, lengthBytes: stop - at };
    at = stop;
  }
}

interface Run {
  readonly offsetBytes: number;
  readonly data: Buffer;
}

/** Reads each extent while the one before it is worked on. The data of a run is overwritten by the run after next. */
async function* readAhead(
  source: ImageSource,
  extents: AsyncIterable<DataExtent>,
): AsyncGenerator<Run, void, undefined> {
  const buffers: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
  let turn: 0 | 1 = 0;
  const start = async (extent: DataExtent): Promise<Run> => {
    if (buffers[turn].length < extent.lengthBytes) buffers[turn] = Buffer.allocUnsafeSlow(extent.lengthBytes);
    const data = buffers[turn].subarray(0, extent.lengthBytes);
    turn = turn === 0 ? 1 : 0;
    await source.read(extent.offsetBytes, data);
    return { offsetBytes: extent.offsetBytes, data };
  };
  let pending: Promise<Run> | undefined;
  try {
    for await (const extent of extents) {
      const ready: Run | undefined = await pending;
      pending = start(extent);
      pending.catch(() => undefined); // it is awaited below; until then a failure must not count as unhandled
      if (ready !== undefined) yield ready;
    }
    const last: Run | undefined = await pending;
    pending = undefined;
    if (last !== undefined) yield last;
  } finally {
    await pending?.catch(() => undefined); // the consumer left early: its buffer must not be written to any more
  }
}
