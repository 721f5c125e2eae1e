/**
 * Finds readers that go through an image in order and says how far to read ahead of them: half of what they have read
 * so far, once that is enough to believe in them. Requests of one reader may come in any order within a window, as
 * clients with several connections or a deep queue send them.
 */
interface Run {
  startBytes: number;
  endBytes: number;
  readBytes: number;
  /** Up to where reading ahead was asked for. */
  aheadBytes: number;
  usedAt: number;
}

const runsMax = 8;
/** A run begins to count here. */
const readBytesMin = 2 * 1024 * 1024;
const aheadBytesMax = 8 * 1024 * 1024;
/** How far from a run's end its next request may lie. */
const windowBytes = 4 * 1024 * 1024;
/** A run reads at least this part of what it passes; others jump about in one place. */
const densityMin = 0.75;

export class ReadAhead {
  readonly #runs: Run[] = [];
  #clock = 0;

  /** Notes a read. Answers the range to read ahead now, if any. */
  saw(offsetBytes: number, lengthBytes: number): { startBytes: number; endBytes: number } | undefined {
    const endBytes = offsetBytes + lengthBytes;
    const run = this.#runs.find(
      (each) =>
        Math.abs(offsetBytes - each.endBytes) <= windowBytes && endBytes > each.startBytes - windowBytes,
    );
    if (run === undefined) {
      this.#begin(offsetBytes, endBytes);
      return undefined;
    }
    run.usedAt = ++this.#clock;
    run.startBytes = Math.min(run.startBytes, offsetBytes);
    run.endBytes = Math.max(run.endBytes, endBytes);
    run.readBytes += lengthBytes;
    const passedBytes = run.endBytes - run.startBytes;
    if (run.readBytes < readBytesMin && passedBytes < windowBytes) return undefined; // too early to tell
    if (run.readBytes < passedBytes * densityMin || run.readBytes > passedBytes * 2) {
      this.#runs.splice(this.#runs.indexOf(run), 1);
      return undefined;
    }
    const ahead = Math.min(aheadBytesMax, run.readBytes / 2);
    const target = run.endBytes + ahead;
    // Asked for in pieces of at least half of it, not with every request.
    if (target - run.aheadBytes < ahead / 2) return undefined;
    const startBytes = Math.max(run.endBytes, run.aheadBytes);
    run.aheadBytes = target;
    return { startBytes, endBytes: target };
  }

  #begin(startBytes: number, endBytes: number): void {
    if (this.#runs.length === runsMax) {
      const oldest = this.#runs.reduce((a, b) => (a.usedAt < b.usedAt ? a : b));
      this.#runs.splice(this.#runs.indexOf(oldest), 1);
    }
    const readBytes = endBytes - startBytes;
    this.#runs.push({ startBytes, endBytes, readBytes, aheadBytes: endBytes, usedAt: ++this.#clock });
  }
}
