import { decodeChunk, type Digest, type EncodedChunk } from "@dvce/image";
import type { ChunkStore, PutOptions } from "./chunk-store";

/** Chunks in memory, for tests and simulations; its durability ends with the process. */
export class MemoryChunkStore implements ChunkStore {
  readonly #chunks = new Map<Digest, EncodedChunk>();
  #storedBytes = 0;

  get storedBytes(): number {
    return this.#storedBytes;
  }

  get chunkCount(): number {
    return this.#chunks.size;
  }

  has(digest: Digest): boolean {
    return this.#chunks.has(digest);
  }

  async put(chunks: readonly EncodedChunk[], options: PutOptions = {}): Promise<void> {
    const fresh = chunks.filter((chunk) => !this.has(chunk.digest));
    if (options.verified !== true) for (const chunk of fresh) decodeChunk(chunk);
    for (const chunk of fresh) {
      if (this.has(chunk.digest)) continue;
      this.#chunks.set(chunk.digest, { ...chunk, payload: Buffer.from(chunk.payload) });
      this.#storedBytes += chunk.payload.length;
    }
  }

  async get(digest: Digest): Promise<EncodedChunk | undefined> {
    return this.#chunks.get(digest);
  }

  async close(): Promise<void> {
    this.#chunks.clear();
    this.#storedBytes = 0;
  }
}
