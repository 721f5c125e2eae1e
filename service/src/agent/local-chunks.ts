/**
 * The node's own chunks as the rest of the agent sees them: the store, and what is on its way into it.
 *
 * A chunk that has arrived can be read and served to peers at once, while its bytes are still being made safe;
 * the inventory counts it only afterwards. What waits for the disk is bounded: beyond that, `add` waits.
 */
import type { ChunkSink, EncodedChunk } from "@dvce/image";
import { storeSink, type ChunkPlace, type ChunkStore } from "../store";

const waitingBytesMax = 64 * 1024 * 1024;
const writeBytesMax = 16 * 1024 * 1024;

export interface LocalChunksOptions {
  readonly store: ChunkStore;
  /**
   * Chunks that somebody is about to be told are here, if they are: from this call on they must not be dropped.
   */
  readonly onKept: (digests: readonly string[]) => void;
  /** Chunks that a power cut cannot lose any more. */
  readonly onStored: (digests: readonly string[]) => void;
  /** A chunk that was here and is damaged; the store has dropped it. */
  readonly onLost: (digest: string) => void;
  /** The store refused chunks that were to be kept in the background; they are lost to it, not to their readers. */
  readonly onStoreFailed: (error: unknown) => void;
}

export class LocalChunks {
  readonly #options: LocalChunksOptions;
  readonly #arriving = new Map<string, EncodedChunk>();
  #queue: EncodedChunk[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #room = Promise.withResolvers<void>();

  constructor(options: LocalChunksOptions) {
    this.#options = options;
  }

  has(digest: string): boolean {
    return this.#arriving.has(digest) || this.#options.store.has(digest);
  }

  async get(digest: string): Promise<EncodedChunk | undefined> {
    const arriving = this.#arriving.get(digest);
    if (arriving !== undefined || !this.#options.store.has(digest)) return arriving;
    const chunk = await this.#options.store.get(digest);
    if (chunk === undefined) this.#options.onLost(digest);
    return chunk;
  }

  /** A chunk that is here and may not be safe on the disk yet. */
  arriving(digest: string): EncodedChunk | undefined {
    return this.#arriving.get(digest);
  }

  /** Where a stored chunk's bytes lie; see {@link ChunkStore.locate}. */
  locate(digest: string): ChunkPlace | undefined {
    return this.#options.store.locate(digest);
  }

  /** Keeps those of the chunks that are here from collection for its grace. */
  hold(digests: readonly string[]): void {
    this.#options.onKept(digests);
    this.#options.store.hold(digests);
  }

  /** Where one ingest puts its chunks. Ingests at the same time share work. */
  sink(): ChunkSink {
    const { store, onKept, onStored } = this.#options;
    const sink = storeSink(store, { pastCache: true });
    return {
      ...sink,
      missing: async (digests) => {
        onKept(digests);
        const absent = await sink.missing(digests);
        onKept(digests); // what began to leave while another ingest was waited for
        return absent;
      },
      put: async (chunks) => {
        const digests = chunks.map((chunk) => chunk.digest);
        onKept(digests);
        await sink.put(chunks);
        onStored(digests);
      },
    };
  }

  /** Re-reads a chunk that is here. One that is bad is lost: it is fetched again when it is needed. */
  async verify(digest: string): Promise<boolean> {
    const good = await this.#options.store.verify(digest);
    if (!good) this.#options.onLost(digest);
    return good;
  }

  /** Stores verified chunks; resolves when a power cut cannot lose them. Throws what the store throws. */
  async putDurably(chunks: readonly EncodedChunk[]): Promise<void> {
    // Before the put, which takes a chunk that is being dropped for one that is here.
    this.#options.onKept(chunks.map((chunk) => chunk.digest));
    await this.#options.store.put(chunks, { verified: true });
    this.#options.onStored(chunks.map((chunk) => chunk.digest));
  }

  /**
   * Takes verified chunks in: they can be read when this is called, and are stored in the background, together with
   * others that arrive meanwhile. Resolves when there is room for the next.
   */
  async add(chunks: readonly EncodedChunk[]): Promise<void> {
    for (const chunk of chunks) {
      if (this.has(chunk.digest)) continue;
      this.#arriving.set(chunk.digest, chunk);
      this.#queue.push(chunk);
      this.#waitingBytes += chunk.payload.length;
    }
    if (this.#queue.length > 0) this.#writing ??= this.#write();
    while (this.#waitingBytes > waitingBytesMax) await this.#room.promise;
  }

  /** Waits until everything taken in is stored. */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  async #write(): Promise<void> {
    await Promise.resolve(); // chunks that arrive in the same turn share a write
    while (this.#queue.length > 0) {
      const chunks = this.#takeSome();
      try {
        await this.putDurably(chunks);
      } catch (error) {
        this.#options.onStoreFailed(error);
      }
      for (const chunk of chunks) {
        this.#arriving.delete(chunk.digest);
        this.#waitingBytes -= chunk.payload.length;
      }
      this.#room.resolve();
      this.#room = Promise.withResolvers();
    }
    this.#writing = undefined;
  }

  /** What is written at a time: little enough that those who wait for room need not wait for all that came before. */
  #takeSome(): EncodedChunk[] {
    let bytes = 0;
    let count = 0;
    for (; count < this.#queue.length && bytes < writeBytesMax; count++)
      bytes += this.#queue[count]?.payload.length ?? 0;
    return this.#queue.splice(0, count);
  }
}
