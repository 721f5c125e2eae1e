import pino from "pino";
import type { RecordedBoot } from "./boot-recorder";
import { Boots } from "./boots";

const logger = pino({ level: "silent" });
const second = 1000;

/** One chunk an extent. */
class File {
  whole = false;
  listeners: ((extents: readonly number[]) => void)[] = [];
  readonly index = {
    extentAt: (extent: number) => ({
      chunk: extent,
      offsetInChunk: 0,
      offsetBytes: extent * 4096,
      lengthBytes: 4096,
    }),
    chunkSizeBytes: () => 4096,
  };
  onFirstRead(listener: (extents: readonly number[]) => void): () => void {
    this.listeners.push(listener);
    return () => {
      this.listeners = this.listeners.filter((other) => other !== listener);
    };
  }
  read(...extents: number[]): void {
    for (const listener of this.listeners) listener(extents);
  }
}

describe("boots under way", () => {
  let nowMs: number;
  let files: Map<string, File>;
  let used: Set<string>;
  let recorded: [string, RecordedBoot][];
  let ahead: string[];
  let boots: Boots;

  const file = (version: string): File => {
    const known = files.get(version) ?? new File();
    files.set(version, known);
    return known;
  };
  /** Lets base files open. */
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const pass = (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      nowMs += second;
      boots.tick();
    }
  };
  const expectBoot = async (version: string) => {
    used.add(version);
    boots.expect(version);
    await settle();
  };

  beforeEach(() => {
    nowMs = 0;
    files = new Map();
    used = new Set();
    recorded = [];
    ahead = [];
    boots = new Boots({
      open: async (version) => file(version),
      inUse: (version) => used.has(version),
      fetchAhead: {
        start: (version) => ahead.push(`start ${version}`),
        stop: (version) => ahead.push(`stop ${version}`),
      },
      onRecorded: (version, boot) => recorded.push([version, boot]),
      nowMs: () => nowMs,
      times: { settleMs: 180 * second, quietMs: 30 * second, limitMs: 900 * second },
      recorderLimits: { quietMs: 30 * second },
      logger,
    });
  });
  afterEach(() => boots.close());

  it("are fetched ahead from the making of the volume on, and recorded when their reads are over", async () => {
    await expectBoot("a");
    expect(ahead).toEqual(["start a"]);
    pass(40); // until the domain starts
    file("a").read(5, 3);
    pass(12);
    file("a").read(7);
    pass(29);
    expect(recorded).toEqual([]);
    pass(1);
    expect(recorded).toEqual([
      ["a", { startedAtMs: 40 * second, seconds: 12, chunks: [5, 3, 7], imageBytes: 3 * 4096 }],
    ]);
    pass(1000);
    expect(recorded).toHaveLength(1);
  });

  it("keep hydration waiting through pauses of an emulated guest", async () => {
    await expectBoot("a");
    pass(60);
    expect(boots.allowsHydration("a")).toBe(false);
    for (let i = 0; i < 4; i++) {
      file("a").read(i);
      pass(25); // computes, and reads nothing
    }
    pass(79);
    expect(boots.allowsHydration("a")).toBe(false);
    pass(1); // 180 s after the first read, 105 s after the last
    expect(boots.allowsHydration("a")).toBe(true);
    expect(file("a").listeners).toEqual([]);
  });

  it("keep hydration waiting while they still read after that time", async () => {
    await expectBoot("a");
    for (let i = 0; i < 19; i++) {
      file("a").read(i);
      pass(10);
    }
    pass(19);
    expect(boots.allowsHydration("a")).toBe(false);
    pass(1);
    expect(boots.allowsHydration("a")).toBe(true);
  });

  it("are over after the limit, when the volume is never started or its guest never stops reading", async () => {
    await expectBoot("idle");
    await expectBoot("busy");
    for (let i = 0; i < 899; i++) {
      file("busy").read(i);
      pass(1);
    }
    expect(boots.allowsHydration("idle")).toBe(false);
    expect(boots.allowsHydration("busy")).toBe(false);
    pass(1);
    expect(boots.allowsHydration("idle")).toBe(true);
    expect(boots.allowsHydration("busy")).toBe(true);
    expect(recorded.map(([version]) => version)).toEqual(["busy"]);
  });

  it("begin again with another volume of the version, whose reads may all have been seen before", async () => {
    await expectBoot("a");
    file("a").read(1, 2);
    pass(170);
    await expectBoot("a");
    pass(100);
    expect(boots.allowsHydration("a")).toBe(false);
    pass(80);
    expect(boots.allowsHydration("a")).toBe(true);
    expect(recorded).toHaveLength(1);
  });

  it("of one version keep that of others waiting, but not for ever", async () => {
    await expectBoot("a");
    file("a").read(1);
    pass(180);
    expect(boots.allowsHydration("a")).toBe(true);
    for (let i = 0; i < 6; i++) {
      await expectBoot("b");
      pass(150);
      expect(boots.allowsHydration("a")).toBe(i === 5);
    }
  });

  it("end with the last volume of their version", async () => {
    await expectBoot("a");
    file("a").read(1);
    used.delete("a");
    pass(1);
    expect(ahead).toEqual(["start a", "stop a"]);
    expect(file("a").listeners).toEqual([]);
    pass(100);
    expect(recorded).toEqual([]);
  });

  it("that were under way when the agent stopped are waited for, and not recorded", async () => {
    used.add("a");
    boots.resume(["a"]);
    await settle();
    expect(ahead).toEqual([]);
    file("a").read(9);
    pass(179);
    expect(boots.allowsHydration("a")).toBe(false);
    pass(1);
    expect(boots.allowsHydration("a")).toBe(true);
    expect(recorded).toEqual([]);
  });

  it("of a whole base file, or of one that cannot be opened, hold nothing up", async () => {
    file("a").whole = true;
    await expectBoot("a");
    expect(boots.allowsHydration("b")).toBe(true);
    const broken = new Boots({
      open: () => Promise.reject(new Error("disk")),
      inUse: () => true,
      fetchAhead: { start: () => undefined, stop: () => undefined },
      onRecorded: () => undefined,
      nowMs: () => nowMs,
      logger,
    });
    broken.expect("a");
    await settle();
    expect(broken.allowsHydration("a")).toBe(true);
  });
});
