/**
 * Bounds bytes in memory: takers wait in order until what others hold leaves room.
 *
 * Invariant: at most `bytesMax` are held, or one taker that alone wants more.
 */
export class ByteBudget {
  readonly #bytesMax: number;
  #heldBytes = 0;
  #waiting: { readonly bytes: number; readonly resolve: () => void }[] = [];

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether these bytes could be taken without waiting. */
  fits(bytes: number): boolean {
    return this.#waiting.length === 0 && this.#fits(bytes);
  }

  /** Resolves when the bytes may be held; give them back with {@link release}. */
  async take(bytes: number): Promise<void> {
    if (this.fits(bytes)) {
      this.#heldBytes += bytes;
      return;
    }
    await new Promise<void>((resolve) => this.#waiting.push({ bytes, resolve }));
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes;
    let admitted = 0;
    for (const { bytes: wanted, resolve } of this.#waiting) {
      if (!this.#fits(wanted)) break;
      this.#heldBytes += wanted;
      resolve();
      admitted++;
    }
    if (admitted > 0) this.#waiting = this.#waiting.slice(admitted);
  }

  #fits(bytes: number): boolean {
    return this.#heldBytes === 0 || this.#heldBytes + bytes <= this.#bytesMax;
  }
}
