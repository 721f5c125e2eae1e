/**
 * One request to a peer: streams a batch in, verifies every chunk in worker threads and hands each out as soon as it is
 * verified. Holds what the batch holds, at most: the fetcher bounds that.
 */
import { DvceError } from "@dvce/api";
import { decodeBatchPieces, type EncodedChunk } from "@dvce/image";

/** Verifies and decompresses; `ChunkWorkers` does. */
export interface ChunkDecoder {
  /** The bytes of each chunk, or what is wrong with it. */
  decodeMany(
    chunks: readonly EncodedChunk[],
    options?: { readonly urgent?: boolean },
  ): Promise<(Buffer | DvceError)[]>;
  /** Each chunk, or what is wrong with it: cheaper where nobody wants the bytes now. */
  verifyMany(
    chunks: readonly EncodedChunk[],
    options?: { readonly urgent?: boolean },
  ): Promise<(EncodedChunk | DvceError)[]>;
}

/** A chunk that is what its digest says, with its bytes where they were wanted. */
export interface VerifiedChunk {
  readonly chunk: EncodedChunk;
  readonly data: Buffer | undefined;
}

export interface PeerRequestOptions {
  readonly stream: AsyncIterable<Buffer | string>;
  readonly decoder: ChunkDecoder;
  readonly urgent: () => boolean;
  /** Whether the chunk was asked for and has not come yet. */
  readonly wants: (digest: string) => boolean;
  /** Whether somebody wants the chunk's bytes, and not only the chunk. */
  readonly wantsData: (digest: string) => boolean;
  /** Takes verified chunks, no two of them the same. Resolves when there is room for the next. */
  readonly onChunks: (chunks: readonly VerifiedChunk[]) => Promise<void>;
  /** A chunk whose bytes are not its own. */
  readonly onDamaged: (digest: string, error: DvceError) => void;
}

/** Verified by one thread at a time: some milliseconds of work. */
const groupBytesMax = 2 * 1024 * 1024;
/** Chunks that no guest waits for are gathered for so long; one message to a thread for many is cheaper. */
const gatherMsMax = 5;
/** Groups of one request that are being verified; while so many are, the next grows. */
const groupsMax = 2;

/** Resolves at the end of the batch. Throws `DVCE_BATCH_INVALID`, what the stream throws, and what `onChunks` throws. */
export async function readBatch(options: PeerRequestOptions): Promise<void> {
  const { urgent, wants } = options;
  let group: EncodedChunk[] = [];
  let timer: NodeJS.Timeout | undefined;
  /** The group would have been sent if not so many were under way. */
  let waitsForRoom = false;
  let groupBytes = 0;
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (group.length === 0) return;
    const work = verifyGroup(group, options)
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
    for await (const chunks of decodeBatchPieces(options.stream)) {
      for (const chunk of chunks) {
        if (!wants(chunk.digest)) continue;
        group.push(chunk);
        groupBytes += chunk.sizeBytes;
        if (groupBytes >= groupBytesMax || urgent()) {
          waitsForRoom = running.size >= groupsMax;
          if (!waitsForRoom) flush();
          else if (groupBytes >= groupBytesMax) await Promise.race(running);
        } else timer ??= setTimeout(flush, gatherMsMax);
      }
      if (failures.length > 0) break;
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

async function verifyGroup(chunks: readonly EncodedChunk[], options: PeerRequestOptions): Promise<void> {
  const { decoder, urgent, wants, wantsData, onChunks, onDamaged } = options;
  const withData = chunks.some(({ digest }) => wantsData(digest));
  const results = withData
    ? await decoder.decodeMany(chunks, { urgent: urgent() })
    : await decoder.verifyMany(chunks, { urgent: urgent() });
  const good = new Map<string, VerifiedChunk>();
  for (const [i, chunk] of chunks.entries()) {
    const { digest } = chunk;
    const result = results[i];
    if (!wants(digest)) continue; // sent twice
    if (Buffer.isBuffer(result)) good.set(digest, { chunk, data: result });
    else if (result !== undefined && "payload" in result)
      good.set(digest, { chunk: result, data: undefined });
    else onDamaged(digest, result ?? new DvceError("DVCE_CHUNK_CORRUPT", digest));
  }
  if (good.size > 0) await onChunks([...good.values()]);
}
