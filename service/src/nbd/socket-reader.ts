import type { Readable } from "node:stream";

/** Reads exact numbers of bytes from a stream, and no more than asked: what is not asked for stays in the peer. */
export class SocketReader {
  readonly #stream: Readable;
  #ended = false;
  #wake: (() => void) | undefined;
  readonly #onReadable = () => this.#wake?.();
  readonly #onEnd = () => {
    this.#ended = true;
    this.#wake?.();
  };

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on("readable", this.#onReadable);
    for (const event of ["end", "close", "error"]) stream.on(event, this.#onEnd);
  }

  /** Leaves the stream to somebody else, who has to listen for its errors. */
  release(): void {
    this.#stream.off("readable", this.#onReadable);
  }

  /** The next `sizeBytes`; undefined when the stream ends before. One call at a time. */
  async exactly(sizeBytes: number): Promise<Buffer | undefined> {
    if (sizeBytes === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes: Buffer | null = this.#stream.destroyed
        ? null
        : (this.#stream.read(sizeBytes) as Buffer | null);
      if (bytes !== null) return bytes.length === sizeBytes ? bytes : undefined;
      if (this.#ended || this.#stream.destroyed) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  /** Reads and drops `sizeBytes`, a piece at a time; false when the stream ends before. */
  async skip(sizeBytes: number): Promise<boolean> {
    const pieceBytesMax = 64 * 1024;
    for (let left = sizeBytes; left > 0;) {
      const piece = Math.min(left, pieceBytesMax);
      if ((await this.exactly(piece)) === undefined) return false;
      left -= piece;
    }
    return true;
  }
}
