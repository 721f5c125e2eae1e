/** Answers of the pool that many resources of one run ask for within moments. */

/** So long an answer is good enough for the resources of one refresh or apply. */
const lifeMs = 2_000;

interface Entry {
  readonly atMs: number;
  readonly answer: Promise<unknown>;
}

/** Asks once for each key, and again when the answer is old, failed or was forgotten. */
export class Remembered {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly now: () => number) {}

  get<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const last = this.#entries.get(key);
    // A key belongs to one question, and so to one type of answer.
    if (last !== undefined && this.now() - last.atMs < lifeMs) return last.answer as Promise<T>;
    const asked = { atMs: this.now(), answer: ask() };
    this.#entries.set(key, asked);
    asked.answer.catch(() => {
      if (this.#entries.get(key) === asked) this.#entries.delete(key);
    });
    return asked.answer;
  }

  /** Every key, or those that something changed. */
  forget(key?: string): void {
    if (key === undefined) this.#entries.clear();
    else this.#entries.delete(key);
  }
}
