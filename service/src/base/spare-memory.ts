/**
 * Chunks whose bytes could not be put into their base file (the disk is full), kept for their next reader. The
 * least recently used go first when they have more bytes than allowed.
 */
export class SpareMemory {
  readonly #bytesMax: number;
  readonly #chunks = new Map<string, Buffer>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): Buffer | undefined {
    const data = this.#chunks.get(key);
    if (data === undefined) return undefined;
    this.#chunks.delete(key);
    this.#chunks.set(key, data);
    return data;
  }

  put(key: string, data: Buffer): void {
    this.drop(key);
    if (data.length > this.#bytesMax) return;
    this.#chunks.set(key, data);
    this.#bytes += data.length;
    for (const oldest of this.#chunks.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.drop(oldest);
    }
  }

  drop(key: string): void {
    const data = this.#chunks.get(key);
    if (data === undefined) return;
    this.#chunks.delete(key);
    this.#bytes -= data.length;
  }

  /** Drops every chunk whose key begins so. */
  dropAll(prefix: string): void {
    for (const key of [...this.#chunks.keys()]) if (key.startsWith(prefix)) this.drop(key);
  }
}
