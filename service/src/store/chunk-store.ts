import type { Digest, EncodedChunk } from "@dvce/image";

export interface PutOptions {
  /** The caller has decoded these chunks and so checked their digests; the store need not do it again. */
  readonly verified?: boolean;
  /**
   * Nobody will read these soon: they may be written past the page cache, which spares time and leaves the memory to what is
   * read.
   */
  readonly pastCache?: boolean;
}

export interface CollectOptions {
  /** Whether anything refers to the chunk; asked in the same step in which the chunk is dropped. 32 bytes. */
  readonly isReferenced: (digest: Buffer) => boolean;
  /** Chunks that were put or held within this time stay whether anything refers to them or not. */
  readonly graceMs: number;
  readonly signal?: AbortSignal;
}

export interface Collected {
  readonly droppedChunks: number;
  /** What the dropped chunks took. */
  readonly droppedBytes: number;
  /** What the store takes less on the disk now. */
  readonly reclaimedBytes: number;
}

export interface Verified {
  /** Where to go on; undefined when the end was reached. */
  readonly cursor: string | undefined;
  readonly checkedChunks: number;
  readonly checkedBytes: number;
  /** Chunks that were here and are bad; they are quarantined now. */
  readonly bad: readonly Digest[];
}

/** A chunk whose bytes were found bad: not served any more, and wanted again. */
export interface QuarantinedChunk {
  readonly digest: Digest;
  /** What is wrong with it, in words. */
  readonly reason: string;
  /** When it was found, in milliseconds since 1970. */
  readonly atMs: number;
}

/** Where the stored bytes of a chunk lie, for readers that have their own thread. */
export interface ChunkPlace {
  /** An open descriptor for positioned reads; it stays open, and the bytes in place, until `release`. */
  readonly fd: number;
  /** Start of the record, which is a header and the payload. */
  readonly offsetBytes: number;
  readonly payloadOffsetBytes: number;
  readonly payloadBytes: number;
  readonly sizeBytes: number;
  readonly codec: EncodedChunk["codec"];
  /** To be called once. */
  release(): void;
}

/** Where a node keeps chunks. Every adapter passes the suite in `chunk-store.conformance.ts`. */
export interface ChunkStore {
  /** Whether the chunk is here and a power cut cannot lose it. */
  has(digest: Digest): boolean;
  /**
   * Stores those chunks that are not here yet, and holds all of them (see {@link hold}). Resolves when a power cut cannot
   * lose any of them. Puts of one digest at the same time share the work. Throws, having acknowledged none of the chunks
   * that were new: `DVCE_CHUNK_CORRUPT` when a chunk's bytes do not have its digest, `DVCE_STORE_FULL`,
   * `DVCE_STORE_UNWRITABLE`.
   */
  put(chunks: readonly EncodedChunk[], options?: PutOptions): Promise<void>;
  /**
   * The chunk as it was put, with its stored bytes checked; `decodeChunk` checks its digest. Undefined when it is
   * not here, or when its bytes are damaged: then the store quarantines it, and another put stores it afresh.
   */
  get(digest: Digest): Promise<EncodedChunk | undefined>;
  /** Where the chunk's stored bytes lie; undefined when it is not here, or when the store cannot say. */
  locate(digest: Digest): ChunkPlace | undefined;
  /** Every chunk that is here, as of now. */
  digests(): Iterable<Digest>;
  /**
   * Answers which of these are here, and keeps those from {@link collect} for its grace from now on. Everything that is
   * here when a store is opened counts as held then, since nobody knows who held it before.
   */
  hold(digests: readonly Digest[]): Digest[];
  /**
   * Drops chunks that `isReferenced` denies and that nobody put or held for `graceMs`, then gives back the space of
   * dropped chunks. Dropped chunks may be here again after a restart, and are then dropped again. Throws
   * `DVCE_STORE_UNWRITABLE` having dropped nothing, and what `signal` was aborted with.
   */
  collect(options: CollectOptions): Promise<Collected>;
  /**
   * Drops these whoever refers to them or holds them (eviction: the caller has made sure that good replicas stay
   * elsewhere), then gives back space. Throws `DVCE_STORE_UNWRITABLE` having dropped nothing.
   */
  delete(digests: readonly Digest[]): Promise<{ readonly droppedBytes: number }>;
  /**
   * Re-reads about `bytesMax` bytes of stored chunks (at least one chunk) in the order of their places, past the page
   * cache where that is possible, and checks checksum and digest. What is bad is quarantined, durably so when this
   * resolves. Start with undefined; a cursor stays good over restarts.
   */
  verifyNext(cursor: string | undefined, bytesMax: number): Promise<Verified>;
  /**
   * Checks one chunk, for readers who were given one that does not decode: quarantines it when it is bad. Whether the
   * chunk is here and good.
   */
  verify(digest: Digest): Promise<boolean>;
  /** Chunks found bad, oldest first. One leaves the list when it is put again, collected or deleted. Durable. */
  quarantined(): readonly QuarantinedChunk[];
  /** Why nothing is taken any more until the store is opened again; undefined while it takes chunks. */
  readonly stoppedBy: Error | undefined;
  /** Bytes that the store takes on the disk, dropped chunks whose space was not given back yet included. */
  readonly storedBytes: number;
  readonly chunkCount: number;
  /** Waits for what is under way. The store must not be used afterwards. */
  close(): Promise<void>;
}
