import { bulkBring } from "./bulk-bring";
import type { Outcome } from "./misses";

const here: Outcome = { here: true, data: undefined };
const megabyte = 1024 * 1024;

/** Chunks under way, oldest first, each with what ends it. */
class UnderWay {
  readonly asked: number[] = [];
  readonly ends = new Map<number, (outcome: Outcome) => void>();

  readonly bring = (chunk: number, onEnd: (outcome: Outcome) => void): void => {
    this.asked.push(chunk);
    this.ends.set(chunk, onEnd);
  };

  end(chunk: number, outcome: Outcome = here): void {
    const end = this.ends.get(chunk);
    this.ends.delete(chunk);
    end?.(outcome);
  }
}

const options = (underWay: UnderWay, count: number, signal?: AbortSignal) => ({
  chunks: Array.from({ length: count }, (_, i) => i),
  sizeBytesOf: () => megabyte,
  bring: underWay.bring,
  ...(signal === undefined ? {} : { signal }),
});

describe("bulkBring", () => {
  it("asks for so much at a time, and for more as chunks come in whatever order", async () => {
    const underWay = new UnderWay();
    const bringing = bulkBring(options(underWay, 200));
    let most = 0;
    for (let last = true; underWay.ends.size > 0; last = !last) {
      most = Math.max(most, underWay.ends.size);
      const waiting = [...underWay.ends.keys()];
      underWay.end((last ? waiting.at(-1) : waiting[0]) ?? -1);
    }
    await bringing;
    expect(most).toBe(64);
    expect(underWay.asked).toEqual(Array.from({ length: 200 }, (_, i) => i));
  });

  it("takes chunks that end at once, however many", async () => {
    let count = 0;
    const bring = (_chunk: number, onEnd: (outcome: Outcome) => void): void => {
      count++;
      onEnd(here);
    };
    await bulkBring({ ...options(new UnderWay(), 100_000), bring });
    expect(count).toBe(100_000);
  });

  it("has nothing to do for no chunks", () =>
    expect(bulkBring(options(new UnderWay(), 0))).resolves.toBeUndefined());

  it("asks for nothing more after a failure, and rejects with it when all have ended", async () => {
    const underWay = new UnderWay();
    let isOver = false;
    const bringing = bulkBring(options(underWay, 200)).finally(() => (isOver = true));
    bringing.catch(() => undefined);
    underWay.end(3, { here: false, error: new Error("the first") });
    for (const chunk of [...underWay.ends.keys()].slice(1)) underWay.end(chunk);
    await Promise.resolve();
    expect(isOver).toBe(false);
    underWay.end(0, { here: false, error: new Error("the second") });
    await expect(bringing).rejects.toThrow("the first");
    expect(underWay.asked).toHaveLength(64);
  });

  it("rejects at once when it is aborted, and asks for nothing more", async () => {
    const underWay = new UnderWay();
    const abort = new AbortController();
    const bringing = bulkBring(options(underWay, 200, abort.signal));
    abort.abort(new Error("no longer wanted"));
    await expect(bringing).rejects.toThrow("no longer wanted");
    underWay.end(0);
    expect(underWay.asked).toHaveLength(64);
  });
});
