/** Ends a request whose source sends nothing for too long. */
export class SilenceWatch {
  readonly #abort = new AbortController();
  #silenceMsMax: number;
  /** May pass between pieces beyond what may pass before the first. */
  readonly #extraMs: number;
  readonly #outer: AbortSignal;
  readonly #stop = () => this.#abort.abort();
  #timer: NodeJS.Timeout;
  /** Whether it is this node that waits. */
  #waiting = true;

  /**
   * Watches from now on.
   * @param extraMs added once the source has answered: it may have to wait for chunks itself
   * @param outer ends the request too
   */
  constructor(silenceMsMax: number, extraMs: number, outer: AbortSignal) {
    this.#silenceMsMax = silenceMsMax;
    this.#extraMs = extraMs;
    this.#outer = outer;
    if (outer.aborted) this.#abort.abort();
    outer.addEventListener("abort", this.#stop, { once: true });
    this.#timer = setTimeout(() => this.#silent(), silenceMsMax);
  }

  /** To give to the request. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Counts only the time in which this node waits for the source, not that in which the source waits for this node. */
  async *over(stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer | string> {
    const iterator = stream[Symbol.asyncIterator]();
    let isFirst = true;
    try {
      for (;;) {
        this.#waiting = true;
        this.#timer.refresh();
        const next = await iterator.next();
        this.#waiting = false;
        if (next.done === true) return;
        if (isFirst && this.#extraMs > 0) this.#extend();
        isFirst = false;
        yield next.value;
      }
    } finally {
      await iterator.return?.();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener("abort", this.#stop);
  }

  #extend(): void {
    clearTimeout(this.#timer);
    this.#silenceMsMax += this.#extraMs;
    this.#timer = setTimeout(() => this.#silent(), this.#silenceMsMax);
  }

  #silent(): void {
    if (this.#waiting) this.#abort.abort(new Error(`nothing came for ${this.#silenceMsMax} ms`));
  }
}
