import { DvceError } from "@dvce/api";
import type { ChunkBitmap } from "../bitmap/bitmap";
import type { EncodedChunk } from "../codec/codec";
import type { ImageIndex } from "../index/image-index";
import type { DataExtent, ImageSource } from "../source/image-source";
import { ChunkWorkers } from "../workers/chunk-workers";
import { runPipeline } from "./pipeline";
import { readRuns } from "./read-runs";
import { encodedChunks, segmentBuffers } from "./segment-buffers";

export interface SendMissingOptions {
  /** Chunks whose bit is set are sent. */
  readonly missing: ChunkBitmap;
  /** As {@link ChunkSink.put}. */
  readonly put: (chunks: readonly EncodedChunk[]) => Promise<void>;
  /** Default threads of its own, which end with it. */
  readonly workers?: ChunkWorkers;
  /** As for `ingestImage`. */
  readonly memoryBytesMax?: number;
  readonly level?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads and encodes some chunks of an image whose index is known, each once, where the index first has it, and puts them in
 * that order. Each is hashed again: throws `DVCE_IMAGE_CHANGED` when the file does not hold there what the index says.
 */
export async function sendMissing(
  source: ImageSource,
  index: ImageIndex,
  options: SendMissingOptions,
): Promise<void> {
  if (source.sizeBytes !== index.sizeBytes) throw changed(`it is a disk of ${source.sizeBytes} bytes now`);
  const { segmentSizeBytes } = index.chunking;
  const workers = options.workers ?? new ChunkWorkers();
  const buffers = segmentBuffers(segmentSizeBytes, workers.workers, options.memoryBytesMax);
  try {
    await runPipeline(groups(index, options.missing), buffers, {
      prepare: async ({ offsetBytes, runs }, data) => {
        options.signal?.throwIfAborted();
        await readRuns(source, runs, offsetBytes, data);
      },
      order: ({ offsetBytes, chunks }, data) =>
        Promise.resolve(async () => {
          const ranges = Uint32Array.from(
            chunks.flatMap((chunk) => [chunk.offsetBytes - offsetBytes, chunk.sizeBytes]),
          );
          const digests = chunks.map(({ chunk }) => index.chunkDigest(chunk));
          const answer = await workers.encode(data, ranges, {
            level: options.level ?? 1,
            digests: Buffer.from(digests.join(""), "hex"),
          });
          if (answer.other !== undefined)
            throw changed(`bytes from ${chunks[answer.other]?.offsetBytes} are others now`);
          return encodedChunks(data, ranges, answer, digests);
        }),
      finish: (_group, _data, chunks) => options.put(chunks),
    });
    options.signal?.throwIfAborted();
    await source.verifyUnchanged();
  } finally {
    if (workers !== options.workers) await workers.close();
  }
}

interface Group {
  /** In the image, of the first chunk's segment. */
  readonly offsetBytes: number;
  readonly chunks: readonly { chunk: number; offsetBytes: number; sizeBytes: number }[];
  /** The chunks' places, joined where they touch. */
  readonly runs: readonly DataExtent[];
}

/** Missing chunks in image order, by segment. */
function* groups(index: ImageIndex, missing: ChunkBitmap): Generator<Group, void, undefined> {
  const { segmentSizeBytes } = index.chunking;
  let offsetBytes = 0;
  let chunks: { chunk: number; offsetBytes: number; sizeBytes: number }[] = [];
  let runs: DataExtent[] = [];
  let nextChunk = 0;
  for (let i = 0; i < index.extentCount; i++) {
    const extent = index.extentAt(i);
    if (extent.chunk < nextChunk) continue; // chunks are numbered by first appearance: this one came before
    nextChunk = extent.chunk + 1;
    if (!missing.has(extent.chunk)) continue;
    const segment = Math.floor(extent.offsetBytes / segmentSizeBytes) * segmentSizeBytes;
    const end = extent.offsetBytes + extent.lengthBytes;
    const isWhole = extent.offsetInChunk === 0 && extent.lengthBytes === index.chunkSizeBytes(extent.chunk);
    if (!isWhole || end > segment + segmentSizeBytes) {
      throw new Error(
        `chunk ${extent.chunk} of index ${index.version} is not whole in one segment of its image; such an index is not sent`,
      );
    }
    if (segment !== offsetBytes) {
      if (chunks.length > 0) yield { offsetBytes, chunks, runs };
      offsetBytes = segment;
      chunks = [];
      runs = [];
    }
    chunks.push({ chunk: extent.chunk, offsetBytes: extent.offsetBytes, sizeBytes: extent.lengthBytes });
    const last = runs.at(-1);
    if (last !== undefined && last.offsetBytes + last.lengthBytes === extent.offsetBytes) {
      runs[runs.length - 1] = { offsetBytes: last.offsetBytes, lengthBytes: end - last.offsetBytes };
    } else {
      runs.push({ offsetBytes: extent.offsetBytes, lengthBytes: extent.lengthBytes });
    }
  }
  if (chunks.length > 0) yield { offsetBytes, chunks, runs };
}

function changed(why: string): DvceError {
  return new DvceError(
    "DVCE_IMAGE_CHANGED",
    `The image changed after its index was made: ${why}. Nothing was committed. ` +
      "Stop whatever writes to it, then try again.",
  );
}
