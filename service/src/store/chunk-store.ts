import type { Digest, EncodedChunk } from "@dvce/image";

export interface PutOptions {
  /** The caller has decoded these chunks and so checked their digests; the store need not do it again. */
  readonly verified?: boolean;
}

/** Where a node keeps chunks. Every adapter passes the suite in `chunk-store.conformance.ts`. */
export interface ChunkStore {
  /** Whether the chunk is here and a power cut cannot lose it. */
  has(digest: Digest): boolean;
  /**
   * Stores those chunks that are not here yet. Resolves when a power cut cannot lose any of them. Puts of one
   * digest at the same time share the work. Throws, having acknowledged none of the chunks that were new:
   * `DVCE_CHUNK_CORRUPT` when a chunk's bytes do not have its digest, `DVCE_STORE_FULL`, `DVCE_STORE_UNWRITABLE`.
   */
  put(chunks: readonly EncodedChunk[], options?: PutOptions): Promise<void>;
  /**
   * The chunk as it was put, with its stored bytes checked; `decodeChunk` checks its digest. Undefined when it is
   * not here, or when its bytes are damaged: then the store drops it, and another put stores it afresh.
   */
  get(digest: Digest): Promise<EncodedChunk | undefined>;
  /** Bytes that the store takes on the disk. */
  readonly storedBytes: number;
  readonly chunkCount: number;
  /** Waits for puts under way. The store must not be used afterwards. */
  close(): Promise<void>;
}
