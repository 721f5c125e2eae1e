/**
 * Reads many chunks in bounded memory: those of this node in groups that one thread decodes, the rest from peers, each handed
 * out as it comes.
 */
import { unlessAborted } from "../agent/unless-aborted";
import { ByteBudget } from "./byte-budget";

export interface BulkReadOptions {
  readonly chunks: readonly number[];
  readonly sizeBytesOf: (chunk: number) => number;
  readonly isLocal: (chunk: number) => boolean;
  /** The bytes of chunks of this node; undefined for those that turn out not to be here. */
  readonly readLocal: (chunks: readonly number[]) => Promise<readonly (Buffer | undefined)[]>;
  /** The bytes of a chunk of a peer; undefined when nobody takes them. */
  readonly fetch: (chunk: number) => Promise<Buffer | undefined>;
  /** Until it resolves, the chunk counts as held. */
  readonly onData: (chunk: number, data: Buffer | undefined) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Image bytes held or asked for at a time. */
const windowBytesMax = 32 * 1024 * 1024;
/** Decoded by one thread at a time: about a millisecond of work. */
const groupBytesMax = 1024 * 1024;

/**
 * Rejects with the first failure, when all calls of `onData` have ended. Rejects at once with the signal's reason when it is
 * aborted: fetches that are under way go on for whoever else wants them, and nothing more is handed out.
 */
export async function bulkRead(options: BulkReadOptions): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const work = new BulkRead(options).run();
  await (signal === undefined ? work : unlessAborted(work, signal));
}

class BulkRead {
  readonly #options: BulkReadOptions;
  readonly #window = new ByteBudget(windowBytesMax);
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #group: number[] = [];
  #groupBytes = 0;

  constructor(options: BulkReadOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    const { chunks, sizeBytesOf, isLocal, fetch } = this.#options;
    for (const chunk of chunks) {
      const sizeBytes = sizeBytesOf(chunk);
      if (!this.#window.fits(sizeBytes)) this.#startGroup(); // its bytes may be what there must be room for
      await this.#window.take(sizeBytes);
      if (this.#ended) break;
      if (isLocal(chunk)) {
        this.#group.push(chunk);
        this.#groupBytes += sizeBytes;
        if (this.#groupBytes >= groupBytesMax) this.#startGroup();
      } else this.#start(this.#deliver(chunk, fetch(chunk)));
    }
    this.#startGroup();
    await Promise.all(this.#running);
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  get #ended(): boolean {
    return this.#failures.length > 0 || this.#options.signal?.aborted === true;
  }

  #startGroup(): void {
    const { readLocal, fetch } = this.#options;
    const group = this.#group;
    if (group.length === 0) return;
    this.#group = [];
    this.#groupBytes = 0;
    const reading = readLocal(group);
    for (const [i, chunk] of group.entries())
      this.#start(
        this.#deliver(
          chunk,
          reading.then((data) => data[i] ?? fetch(chunk)),
        ),
      );
  }

  /** Never rejects. */
  async #deliver(chunk: number, coming: Promise<Buffer | undefined>): Promise<void> {
    try {
      const data = await coming;
      if (!this.#ended) await this.#options.onData(chunk, data);
    } catch (error) {
      this.#failures.push(error);
    } finally {
      this.#window.release(this.#options.sizeBytesOf(chunk));
    }
  }

  #start(work: Promise<void>): void {
    const ended = work.then(() => void this.#running.delete(ended));
    this.#running.add(ended);
  }
}
