import { DvceError } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import type { LocalChunks } from "../agent/local-chunks";
import { bulkBring } from "./bulk-bring";
import { bulkRead } from "./bulk-read";
import type { FetchPriority } from "./fetch-priority";
import type { PeerFetcher } from "./peer-fetcher";
import type { ChunkDecoder } from "./peer-request";

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

export interface ChunkReaderOptions {
  readonly local: Pick<LocalChunks, "has" | "get" | "verify">;
  readonly peers: Pick<PeerFetcher, "fetch" | "bring" | "hurry">;
  readonly decoder: ChunkDecoder;
  readonly logger: FastifyBaseLogger;
}

/** A version's chunks, wherever they are: this node's own first, then its peers'. */
export class ChunkReader {
  readonly #options: ChunkReaderOptions;

  constructor(options: ChunkReaderOptions) {
    this.#options = options;
  }

  /**
   * The chunk's verified bytes. Throws `DVCE_CHUNK_MISSING` when no node gives it within the deadline, and
   * `DVCE_INDEX_INVALID` when the index is wrong about its size.
   */
  async read(index: ImageIndex, chunk: number, priority: FetchPriority = "read"): Promise<Buffer> {
    const [local] = await this.#readLocal([index.chunkDigest(chunk)], priority);
    return local === undefined
      ? this.fetchFromPeers(index, chunk, priority)
      : this.#checkSize(index, chunk, local);
  }

  /** A chunk that is being fetched is wanted with a higher priority now. */
  hurry(index: ImageIndex, chunk: number, priority: FetchPriority): void {
    this.#options.peers.hurry(index, chunk, priority);
  }

  /**
   * Reads many chunks in batches, each from where it is, in bounded memory. Chunks come out as they arrive, not in the
   * order asked. Rejects with the first failure, when all that was under way has ended.
   */
  async readMany(index: ImageIndex, chunks: readonly number[], options: ReadManyOptions): Promise<void> {
    const { priority, signal, onData } = options;
    const { local } = this.#options;
    await bulkRead({
      chunks,
      sizeBytesOf: (chunk) => index.chunkSizeBytes(chunk),
      isLocal: (chunk) => local.has(index.chunkDigest(chunk)),
      readLocal: (group) => this.#readGroup(index, group, priority),
      fetch: (chunk) => this.fetchFromPeers(index, chunk, priority),
      onData: async (chunk, data) => (data === undefined ? undefined : onData(chunk, data)),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /**
   * Brings chunks of peers to this node, verified, without handing out their bytes. Those that are here are left alone. Rejects
   * as {@link readMany} does.
   */
  async bring(
    index: ImageIndex,
    chunks: readonly number[],
    options: Pick<ReadManyOptions, "priority" | "signal">,
  ): Promise<void> {
    const { priority, signal } = options;
    const { local, peers } = this.#options;
    await bulkBring({
      chunks: chunks.filter((chunk) => !local.has(index.chunkDigest(chunk))),
      sizeBytesOf: (chunk) => index.chunkSizeBytes(chunk),
      bring: (chunk, onEnd) => peers.bring(index, chunk, priority, onEnd),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** As {@link read}, but never looks at this node's own copy: to repair it. */
  async fetchFromPeers(
    index: ImageIndex,
    chunk: number,
    priority: FetchPriority = "background",
  ): Promise<Buffer> {
    return this.#checkSize(index, chunk, await this.#options.peers.fetch(index, chunk, priority));
  }

  #checkSize(index: ImageIndex, chunk: number, data: Buffer): Buffer {
    if (data.length === index.chunkSizeBytes(chunk)) return data;
    throw new DvceError(
      "DVCE_INDEX_INVALID",
      `The index of version ${index.version} says that chunk ${chunk} has ${index.chunkSizeBytes(chunk)} bytes; ` +
        `it has ${data.length}. Push the image again.`,
    );
  }

  /** As {@link #readLocal}, with chunks that the index is wrong about refused. */
  async #readGroup(
    index: ImageIndex,
    chunks: readonly number[],
    priority: FetchPriority,
  ): Promise<(Buffer | undefined)[]> {
    const digests = chunks.map((chunk) => index.chunkDigest(chunk));
    const data = await this.#readLocal(digests, priority);
    return data.map((bytes, i) => bytes && this.#checkSize(index, chunks[i] ?? 0, bytes));
  }

  /** The chunks' bytes; undefined for those that are not here, or damaged. */
  async #readLocal(digests: readonly string[], priority: FetchPriority): Promise<(Buffer | undefined)[]> {
    const { local, decoder, logger } = this.#options;
    const found = await Promise.all(digests.map((digest) => local.get(digest)));
    const here = found.filter((chunk) => chunk !== undefined);
    const decoded = await decoder.decodeMany(here, { urgent: priority === "read" });
    const results = new Map(here.map((chunk, i) => [chunk.digest, decoded[i]]));
    return digests.map((digest) => {
      const result = results.get(digest);
      if (result === undefined || Buffer.isBuffer(result)) return result;
      logger.error({ err: result, digest }, "a chunk of this node is damaged; it is read from a peer");
      void local.verify(digest);
      return undefined;
    });
  }
}
