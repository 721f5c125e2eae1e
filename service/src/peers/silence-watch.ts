/** Ends a request whose source sends nothing for too long. */
export class SilenceWatch {
  readonly #abort = new AbortController();
  readonly #silenceMsMax: number;
  readonly #outer: AbortSignal;
  readonly #stop = () => this.#abort.abort();
  readonly #timer: NodeJS.Timeout;
  /** Whether it is this node that waits. */
  #waiting = true;

  /** Watches from now on. @param outer ends the request too */
  constructor(silenceMsMax: number, outer: AbortSignal) {
    this.#silenceMsMax = silenceMsMax;
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
    try {
      for (;;) {
        this.#waiting = true;
        this.#timer.refresh();
        const next = await iterator.next();
        this.#waiting = false;
        if (next.done === true) return;
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

  #silent(): void {
    if (this.#waiting) this.#abort.abort(new Error(`nothing came for ${this.#silenceMsMax} ms`));
  }
}
