import { DvceError } from "@dvce/api";
import { decodeChunkAsync, type ImageIndex } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import type { LocalChunks } from "../agent/local-chunks";
import type { PeerFetcher } from "./peer-fetcher";

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
  async read(index: ImageIndex, chunk: number): Promise<Buffer> {
    const data = (await this.#readLocal(index.chunkDigest(chunk))) ?? (await this.#peers.fetch(index, chunk));
    if (data.length !== index.chunkSizeBytes(chunk)) {
      throw new DvceError(
        "DVCE_INDEX_INVALID",
        `The index of version ${index.version} says that chunk ${chunk} has ${index.chunkSizeBytes(chunk)} bytes; ` +
          `it has ${data.length}. Push the image again.`,
      );
    }
    return data;
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
