/** Bytes that are written before the next sync of them begins: a fraction of a second of any disk's work. */
const stepBytes = 64 * 1024 * 1024;

/**
 * Syncs a large file while it is written, so that the disk works from the start on and little is left to wait for at the end.
 * Linux itself begins to write back only when a tenth of the memory is dirty.
 */
export class SyncAlong {
  readonly #file: { datasync(): Promise<void> };
  #unsyncedBytes = 0;
  #running: Promise<void> | undefined;
  /** A sync that failed. The kernel does not say so again: the next one would succeed without the bytes. */
  #failure: { readonly error: unknown } | undefined;

  constructor(file: { datasync(): Promise<void> }) {
    this.#file = file;
  }

  /** To be told after each write. */
  wrote(bytes: number): void {
    this.#unsyncedBytes += bytes;
    if (this.#unsyncedBytes < stepBytes || this.#running !== undefined || this.#failure !== undefined) return;
    this.#unsyncedBytes = 0;
    this.#running = this.#sync();
  }

  /** Resolves when a power cut cannot lose anything that was written; throws when any sync failed. */
  async finish(): Promise<void> {
    await this.idle();
    await this.#sync();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Resolves when no sync is under way, whatever became of it. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #sync(): Promise<void> {
    try {
      await this.#file.datasync();
    } catch (error) {
      this.#failure ??= { error };
    } finally {
      this.#running = undefined;
    }
  }
}
