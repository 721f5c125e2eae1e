/**
 * One request to a peer: streams a batch in, verifies every chunk in worker threads and hands each out as soon as it is
 * verified. Holds what the batch holds, at most: the fetcher bounds that.
 */
import { DvceError } from "@dvce/api";
import { decodeBatchStream, type EncodedChunk } from "@dvce/image";

/** Verifies and decompresses; `ChunkWorkers` does. */
export interface ChunkDecoder {
  /** The bytes of each chunk (none of a good one with `discard`), or what is wrong with it. */
  decodeMany(
    chunks: readonly EncodedChunk[],
    options?: { readonly urgent?: boolean; readonly discard?: boolean },
  ): Promise<(Buffer | DvceError)[]>;
}

export interface PeerRequestOptions {
  readonly stream: AsyncIterable<Buffer | string>;
  readonly decoder: ChunkDecoder;
  readonly urgent: () => boolean;
  /** Whether the chunk was asked for and has not come yet. */
  readonly wants: (digest: string) => boolean;
  /** Whether somebody wants the chunk's bytes, and not only the chunk. */
  readonly wantsData: (digest: string) => boolean;
  /** Takes a verified chunk, with its bytes where they were wanted. Resolves when there is room for the next. */
  readonly onChunk: (chunk: EncodedChunk, data: Buffer | undefined) => Promise<void>;
  /** A chunk whose bytes are not its own. */
  readonly onDamaged: (digest: string, error: DvceError) => void;
}

/** Decoded by one thread at a time: about a millisecond of work. */
const groupBytesMax = 768 * 1024;
/** Chunks that no guest waits for are gathered for so long; one message to a thread for many is cheaper. */
const gatherMsMax = 5;
/** Groups of one request that are being decoded; while so many are, the next grows. */
const groupsMax = 2;

/** Resolves at the end of the batch. Throws `DVCE_BATCH_INVALID`, what the stream throws, and what `onChunk` throws. */
export async function readBatch(options: PeerRequestOptions): Promise<void> {
  const { decoder, urgent, wants, wantsData, onChunk, onDamaged } = options;
  let group: EncodedChunk[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** The group would have been sent if not so many were under way. */
  let waitsForRoom = false;
  let groupBytes = 0;
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const decode = async (chunks: readonly EncodedChunk[]): Promise<void> => {
    const discard = !chunks.some(({ digest }) => wantsData(digest));
    const results = await decoder.decodeMany(chunks, { urgent: urgent(), discard });
    for (const [i, chunk] of chunks.entries()) {
      const result = results[i];
      if (!wants(chunk.digest)) continue; // sent twice
      if (Buffer.isBuffer(result)) await onChunk(chunk, discard ? undefined : result);
      else onDamaged(chunk.digest, result ?? new DvceError("DVCE_CHUNK_CORRUPT", chunk.digest));
    }
  };
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (group.length === 0) return;
    const work = decode(group)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        running.delete(work);
        if (waitsForRoom) flush();
      });
    waitsForRoom = false;
    running.add(work);
    group = [];
    groupBytes = 0;
  };

  try {
    for await (const chunk of decodeBatchStream(options.stream)) {
      if (failures.length > 0) break;
      if (!wants(chunk.digest)) continue;
      group.push(chunk);
      groupBytes += chunk.sizeBytes;
      if (groupBytes >= groupBytesMax || urgent()) {
        waitsForRoom = running.size >= groupsMax;
        if (!waitsForRoom) flush();
        else if (groupBytes >= groupBytesMax) await Promise.race(running);
      } else timer ??= setTimeout(flush, gatherMsMax);
    }
  } finally {
    // What came before the stream broke off is good all the same.
    while (running.size > 0 || group.length > 0) {
      if (running.size === 0) flush();
      await Promise.all(running);
    }
  }
  if (failures.length > 0) throw failures[0];
}
