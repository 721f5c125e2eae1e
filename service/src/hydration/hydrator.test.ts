import pino from "pino";
import { TokenBucket } from "../rate/token-bucket";
import { Hydrator, type HydratableFile } from "./hydrator";

const logger = pino({ level: "silent" });
const extentBytes = 65_536;

class File implements HydratableFile {
  readonly present = new Set<number>();
  readonly fills: number[][] = [];
  whole = false;
  /** What `fill` does before extents are there. */
  before: () => Promise<void> = async () => undefined;
  constructor(readonly extentCount: number) {}

  readonly presence = { has: (extent: number) => this.present.has(extent) };
  get index() {
    return {
      extentCount: this.extentCount,
      extentAt: (extent: number) => ({
        chunk: extent,
        offsetInChunk: 0,
        offsetBytes: extent * extentBytes,
        lengthBytes: extentBytes,
      }),
    };
  }
  async fill(extents: readonly number[]): Promise<void> {
    this.fills.push([...extents]);
    await this.before();
    for (const extent of extents) this.present.add(extent);
  }
}

describe("hydration", () => {
  let nowMs: number;
  let files: Map<string, File>;
  let used: Set<string>;
  let held: Set<string>;
  let hydrator: Hydrator;
  let bytesPerSecond: number;
  let roomBytes: number;

  /** Time passes only by sleeping, and each sleep lets other work go on. */
  const sleep = async (ms: number, signal?: AbortSignal) => {
    nowMs += ms;
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  };
  const file = (version: string): File => {
    const known = files.get(version);
    if (known === undefined) throw new Error(`no file ${version}`);
    return known;
  };
  const start = () => {
    hydrator = new Hydrator({
      versions: () => used,
      open: async (version) => file(version),
      isWhole: (version) => file(version).whole,
      mayRun: (version) => !held.has(version),
      hasRoom: async (bytes) => bytes <= roomBytes,
      bucket: new TokenBucket({ bytesPerSecond, nowMs: () => nowMs, sleep }),
      nowMs: () => nowMs,
      sleep,
      logger,
    });
    hydrator.start();
  };
  const until = async (condition: () => boolean) => {
    while (!condition()) await new Promise((resolve) => setImmediate(resolve));
  };

  beforeEach(() => {
    nowMs = 0;
    files = new Map([["a", new File(1000)]]);
    used = new Set(["a"]);
    held = new Set();
    bytesPerSecond = 1024 ** 2;
    roomBytes = Infinity;
  });
  afterEach(() => hydrator.close());

  it("fills what is missing in image order, at the rate, each extent once", async () => {
    for (const there of [0, 1, 500]) file("a").present.add(there);
    start();
    await until(() => file("a").present.size === 1000);
    expect(file("a").fills.flat()).toEqual(
      Array.from({ length: 1000 }, (_, i) => i).filter((i) => ![0, 1, 500].includes(i)),
    );
    const bytes = 997 * extentBytes;
    // One batch of 4 MiB may pass ahead of its time, and the last one's time is not waited for.
    expect(nowMs / 1000).toBeGreaterThan(bytes / bytesPerSecond - 9);
    expect(nowMs / 1000).toBeLessThan(bytes / bytesPerSecond + 1);
    const fills = file("a").fills.length;
    const doneAtMs = nowMs;
    await until(() => nowMs > doneAtMs + 60_000);
    expect(file("a").fills).toHaveLength(fills);
  });

  it("waits while a boot is going on, and stops for one", async () => {
    held.add("a");
    start();
    await until(() => nowMs > 100_000);
    expect(file("a").fills).toEqual([]);
    expect(hydrator.stateOf("a")).toBe("waiting");
    held.delete("a");
    await until(() => file("a").fills.length === 3);
    expect(hydrator.stateOf("a")).toBe("hydrating");
    held.add("a");
    const stoppedAtMs = nowMs;
    await until(() => nowMs > stoppedAtMs + 100_000);
    expect(file("a").fills.length).toBeLessThanOrEqual(4); // the batch that was under way
    held.delete("a");
    await until(() => file("a").present.size === 1000);
  });

  it("leaves alone what is whole, and what no volume uses any more", async () => {
    file("a").whole = true;
    files.set("b", new File(1000));
    used.add("b");
    file("b").before = async () => void used.delete("b");
    start();
    await until(() => nowMs > 60_000);
    expect(file("a").fills).toEqual([]);
    expect(file("b").fills).toHaveLength(1);
  });

  it("is paused while images may take no more of the disk, and goes on when there is room", async () => {
    file("a").before = async () => void (roomBytes = 0);
    start();
    await until(() => nowMs > 100_000);
    expect(file("a").fills).toHaveLength(1);
    expect(hydrator.stateOf("a")).toBe("paused");
    file("a").before = async () => undefined;
    roomBytes = Infinity;
    await until(() => file("a").present.size === 1000);
  });

  it("is paused while no source gives a chunk, lets others go on, and tries again", async () => {
    files.set("b", new File(10));
    used.add("b");
    let isAway = true;
    file("a").before = async () => {
      if (isAway) throw new Error("no source");
    };
    start();
    await until(() => file("b").present.size === 10);
    expect(file("a").fills).toHaveLength(1);
    expect(hydrator.stateOf("a")).toBe("paused");
    await until(() => nowMs > 95_000);
    expect(file("a").fills.length).toBeGreaterThan(2);
    expect(file("a").fills.length).toBeLessThan(6);
    isAway = false;
    await until(() => file("a").present.size === 1000);
  });

  it("says that it is paused while a source is waited for", async () => {
    let arrive: () => void = () => undefined;
    file("a").before = () => new Promise((resolve) => (arrive = resolve));
    start();
    await until(() => file("a").fills.length === 1);
    expect(hydrator.stateOf("a")).toBe("hydrating");
    nowMs += 15_000;
    expect(hydrator.stateOf("a")).toBe("paused");
    arrive();
    await until(() => file("a").fills.length === 2);
    expect(hydrator.stateOf("a")).toBe("hydrating");
  });

  it("finds what the file lost again while it filled the rest", async () => {
    let lost = false;
    file("a").before = async () => {
      if (file("a").present.size > 900 && !lost) {
        lost = true;
        file("a").present.delete(7);
      }
    };
    start();
    await until(() => file("a").present.size === 1000);
    expect(lost).toBe(true);
  });

  it("ends at once, also while it waits for a source", async () => {
    file("a").before = () => new Promise(() => undefined);
    start();
    await until(() => file("a").fills.length === 1);
    await hydrator.close();
    expect(file("a").fills).toHaveLength(1);
  });
});
