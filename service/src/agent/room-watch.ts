export interface RoomWatchOptions {
  /** Whether images may take so many bytes more of the disk. */
  readonly hasRoom: (bytes: number) => Promise<boolean>;
  /** What the work is ended with when there is no room. */
  readonly refusal: (leftBytes: number) => Error;
}

/** Progress between two looks at the disk. */
const everyBytes = 16 * 1024 * 1024;

/** Ends work that would take more of the disk than images may: looks at the beginning, and again as the work gets on. */
export class RoomWatch {
  readonly #options: RoomWatchOptions;
  readonly #stop = new AbortController();
  /** Progress at the last look; smaller progress is that of other work. */
  #lastBytes = Number.NEGATIVE_INFINITY;
  #looking = false;

  constructor(options: RoomWatchOptions) {
    this.#options = options;
  }

  /** Aborted when there is no room. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** @param leftBytes that the work still is to write, as far as that is known */
  note(doneBytes: number, leftBytes: number): void {
    const isSoon = doneBytes >= this.#lastBytes && doneBytes < this.#lastBytes + everyBytes;
    if (isSoon || this.#looking) return;
    this.#lastBytes = doneBytes;
    void this.look(leftBytes);
  }

  /** Resolves when the disk was looked at. Never rejects. */
  async look(leftBytes: number): Promise<void> {
    this.#looking = true;
    try {
      if (!(await this.#options.hasRoom(leftBytes))) this.#stop.abort(this.#options.refusal(leftBytes));
    } catch (error) {
      this.#stop.abort(error);
    } finally {
      this.#looking = false;
    }
  }
}
