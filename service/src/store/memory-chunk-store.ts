import { decodeChunk, type Digest, type EncodedChunk } from "@dvce/image";
import type {
  ChunkStore,
  Collected,
  CollectOptions,
  PutOptions,
  QuarantinedChunk,
  Verified,
} from "./chunk-store";
import { isHeld } from "./grace";

export interface MemoryChunkStoreOptions {
  readonly monotonicMs?: () => number;
  readonly nowMs?: () => number;
}

/** Chunks in memory, for tests and simulations; its durability ends with the process. */
export class MemoryChunkStore implements ChunkStore {
  readonly #monotonicMs: () => number;
  readonly #nowMs: () => number;
  readonly #chunks = new Map<
    Digest,
    { readonly chunk: EncodedChunk; heldMs: number; readonly place: number }
  >();
  readonly #quarantined = new Map<Digest, QuarantinedChunk>();
  #storedBytes = 0;
  #places = 0;

  constructor(options: MemoryChunkStoreOptions = {}) {
    this.#monotonicMs = options.monotonicMs ?? (() => performance.now());
    this.#nowMs = options.nowMs ?? Date.now;
  }

  get stoppedBy(): undefined {
    return undefined;
  }

  get storedBytes(): number {
    return this.#storedBytes;
  }

  get chunkCount(): number {
    return this.#chunks.size;
  }

  has(digest: Digest): boolean {
    return this.#chunks.has(digest);
  }

  digests(): Iterable<Digest> {
    return this.#chunks.keys();
  }

  hold(digests: readonly Digest[]): Digest[] {
    const heldMs = this.#monotonicMs();
    return digests.filter((digest) => {
      const entry = this.#chunks.get(digest);
      if (entry !== undefined) entry.heldMs = heldMs;
      return entry !== undefined;
    });
  }

  async put(chunks: readonly EncodedChunk[], options: PutOptions = {}): Promise<void> {
    if (options.verified !== true)
      for (const chunk of chunks) if (!this.has(chunk.digest)) decodeChunk(chunk);
    for (const chunk of chunks) {
      if (this.hold([chunk.digest]).length > 0) continue;
      const copy = { ...chunk, payload: Buffer.from(chunk.payload) };
      this.#chunks.set(chunk.digest, { chunk: copy, heldMs: this.#monotonicMs(), place: this.#places++ });
      this.#storedBytes += chunk.payload.length;
      this.#quarantined.delete(chunk.digest);
    }
  }

  async get(digest: Digest): Promise<EncodedChunk | undefined> {
    return this.#chunks.get(digest)?.chunk;
  }

  locate(): undefined {
    return undefined;
  }

  async collect({ isReferenced, graceMs, signal }: CollectOptions): Promise<Collected> {
    signal?.throwIfAborted();
    let droppedChunks = 0;
    let droppedBytes = 0;
    for (const [digest, { heldMs }] of this.#chunks) {
      if (isHeld(heldMs, this.#monotonicMs(), graceMs) || isReferenced(Buffer.from(digest, "hex"))) continue;
      droppedBytes += this.#drop(digest);
      droppedChunks++;
    }
    for (const digest of this.#quarantined.keys())
      if (!isReferenced(Buffer.from(digest, "hex"))) this.#quarantined.delete(digest);
    return { droppedChunks, droppedBytes, reclaimedBytes: droppedBytes };
  }

  async delete(digests: readonly Digest[]): Promise<{ readonly droppedBytes: number }> {
    let droppedBytes = 0;
    for (const digest of digests) {
      droppedBytes += this.#drop(digest);
      this.#quarantined.delete(digest);
    }
    return { droppedBytes };
  }

  async verifyNext(cursor: string | undefined, bytesMax: number): Promise<Verified> {
    const bad: Digest[] = [];
    let checkedChunks = 0;
    let checkedBytes = 0;
    for (const [digest, { chunk, place }] of this.#chunks) {
      if (place < Number(cursor ?? 0)) continue;
      if (checkedBytes >= bytesMax) return { cursor: String(place), checkedChunks, checkedBytes, bad };
      checkedChunks++;
      checkedBytes += chunk.payload.length;
      if (!(await this.verify(digest))) bad.push(digest);
    }
    return { cursor: undefined, checkedChunks, checkedBytes, bad };
  }

  async verify(digest: Digest): Promise<boolean> {
    const chunk = this.#chunks.get(digest)?.chunk;
    if (chunk === undefined) return false;
    try {
      decodeChunk(chunk);
      return true;
    } catch {
      this.#drop(digest);
      this.#quarantined.set(digest, { digest, reason: "its bytes are damaged", atMs: this.#nowMs() });
      return false;
    }
  }

  quarantined(): readonly QuarantinedChunk[] {
    return [...this.#quarantined.values()];
  }

  async close(): Promise<void> {
    this.#chunks.clear();
    this.#storedBytes = 0;
  }

  #drop(digest: Digest): number {
    const bytes = this.#chunks.get(digest)?.chunk.payload.length ?? 0;
    this.#chunks.delete(digest);
    this.#storedBytes -= bytes;
    return bytes;
  }
}
