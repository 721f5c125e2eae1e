import { DvceError } from "@dvce/api";
import { decodeChunkAsync, type ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import type { LocalChunks } from "../agent/local-chunks";
import { ByteBudget } from "./byte-budget";
import type { FetchPriority } from "./fetch-priority";
import type { PeerFetcher } from "./peer-fetcher";

export interface ReadManyOptions {
  readonly priority: FetchPriority;
  /** Ends it early: nothing more is asked for, and it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Takes each chunk's verified bytes, in the order in which they arrive, several at a time. Until it resolves, the
   * chunk counts as held in memory. When it rejects, so does the whole read.
   */
  readonly onData: (chunk: number, data: Buffer) => Promise<void>;
}

/** Image bytes that one `readMany` holds or has asked for at a time. */
const windowBytesMax = 32 * 1024 * 1024;

/** A version's chunks, wherever they are: this node's own first, then its peers'. */
export class ChunkReader {
  readonly #local: LocalChunks;
  readonly #peers: PeerFetcher;
  readonly #logger: FastifyBaseLogger;

  constructor(local: LocalChunks, peers: PeerFetcher, logger: FastifyBaseLogger) {
    this.#local = local;
    this.#peers = peers;
    this.#logger = logger;
  }

  /**
   * The chunk's verified bytes. Throws `DVCE_CHUNK_MISSING` when no node gives it within the deadline, and
   * `DVCE_INDEX_INVALID` when the index is wrong about its size.
   */
  async read(index: ImageIndex, chunk: number, priority: FetchPriority = "read"): Promise<Buffer> {
    const local = await this.#readLocal(index.chunkDigest(chunk));
    return local === undefined
      ? this.fetchFromPeers(index, chunk, priority)
      : this.#checkSize(index, chunk, local);
  }

  /**
   * Reads many chunks in batches, each from where it is, in bounded memory. Chunks come out as they arrive, not in the
   * order asked. Rejects with the first failure, when all that was under way has ended.
   */
  async readMany(index: ImageIndex, chunks: readonly number[], options: ReadManyOptions): Promise<void> {
    const { priority, signal, onData } = options;
    const window = new ByteBudget(windowBytesMax);
    const running = new Set<Promise<void>>();
    const failures: unknown[] = [];
    for (const chunk of chunks) {
      const sizeBytes = index.chunkSizeBytes(chunk);
      await window.take(sizeBytes);
      if (failures.length > 0 || signal?.aborted === true) break;
      const work = this.read(index, chunk, priority)
        .then((data) => (signal?.aborted === true ? undefined : onData(chunk, data)))
        .catch((error: unknown) => void failures.push(error))
        .finally(() => {
          running.delete(work);
          window.release(sizeBytes);
        });
      running.add(work);
    }
    await Promise.all(running);
    signal?.throwIfAborted();
    if (failures.length > 0) throw failures[0];
  }

  /** As {@link read}, but never looks at this node's own copy: to repair it. */
  async fetchFromPeers(
    index: ImageIndex,
    chunk: number,
    priority: FetchPriority = "background",
  ): Promise<Buffer> {
    return this.#checkSize(index, chunk, await this.#peers.fetch(index, chunk, priority));
  }

  #checkSize(index: ImageIndex, chunk: number, data: Buffer): Buffer {
    if (data.length === index.chunkSizeBytes(chunk)) return data;
    throw new DvceError(
      "DVCE_INDEX_INVALID",
      `The index of version ${index.version} says that chunk ${chunk} has ${index.chunkSizeBytes(chunk)} bytes; ` +
        `it has ${data.length}. Push the image again.`,
    );
  }

  async #readLocal(digest: string): Promise<Buffer | undefined> {
    const chunk = await this.#local.get(digest);
    if (chunk === undefined) return undefined;
    try {
      return await decodeChunkAsync(chunk);
    } catch (error) {
      this.#logger.error({ err: error, digest }, "a chunk of this node is damaged; it is read from a peer");
      return undefined;
    }
  }
}
