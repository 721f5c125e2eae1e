import fc from "fast-check";
import { TokenBucket } from "./token-bucket";

/** A clock that only sleeping moves; sleepers wake in order. */
class ManualTime {
  nowMs = 0;
  readonly sleeps: number[] = [];
  readonly now = () => this.nowMs;
  readonly sleep = async (ms: number) => {
    this.sleeps.push(ms);
    this.nowMs += ms;
  };
}

const bucketAt = (time: ManualTime, bytesPerSecond: number, burstBytes: number) =>
  new TokenBucket({ bytesPerSecond, burstBytes, nowMs: time.now, sleep: time.sleep });

describe("TokenBucket", () => {
  it("never lets more pass in any time than the rate, the burst and one request allow", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1000 }),
        fc.integer({ min: 0, max: 5000 }),
        fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 4000 })), {
          maxLength: 30,
        }),
        async (rate, burst, requests) => {
          const time = new ManualTime();
          const bucket = bucketAt(time, rate, burst);
          const passed: { atMs: number; bytes: number }[] = [];
          for (const [bytes, pauseMs] of requests) {
            time.nowMs += pauseMs;
            await bucket.take(bytes);
            passed.push({ atMs: time.nowMs, bytes });
          }
          passed.forEach((first, i) => {
            let sum = 0;
            for (const { atMs, bytes } of passed.slice(i)) {
              const seconds = (atMs - first.atMs) / 1000;
              expect(sum).toBeLessThanOrEqual(rate * seconds + burst + first.bytes + 1e-6);
              sum += bytes;
            }
          });
        },
      ),
    );
  });

  it("reaches its rate when there is always something to send", async () => {
    const time = new ManualTime();
    const bucket = bucketAt(time, 1_000_000, 0);
    for (let i = 0; i < 100; i++) await bucket.take(50_000);
    expect(time.nowMs).toBeCloseTo(4950, 6); // the first passes at once
  });

  it("lets a burst pass after a pause, and no more however long the pause", async () => {
    const time = new ManualTime();
    const bucket = bucketAt(time, 1000, 500);
    time.nowMs = 1_000_000;
    for (let i = 0; i < 6; i++) await bucket.take(100);
    expect(time.sleeps).toEqual([]);
    await bucket.take(100);
    expect(time.sleeps).toEqual([100]);
  });

  it("holds nothing up without a limit", async () => {
    const time = new ManualTime();
    const bucket = bucketAt(time, Infinity, 0);
    for (let i = 0; i < 10; i++) await bucket.take(1e12);
    expect(time.sleeps).toEqual([]);
  });

  it("ends a wait that is aborted with the signal's reason", async () => {
    const bucket = new TokenBucket({ bytesPerSecond: 1, burstBytes: 0 });
    await bucket.take(1000);
    const abort = new AbortController();
    const waiting = bucket.take(1, abort.signal);
    abort.abort(new Error("no longer wanted"));
    await expect(waiting).rejects.toThrow("no longer wanted");
    await expect(bucket.take(1, abort.signal)).rejects.toThrow("no longer wanted");
  });

  it.each([0, -1, Number.NaN])("refuses a rate of %p", (bytesPerSecond) => {
    expect(() => new TokenBucket({ bytesPerSecond })).toThrow(RangeError);
  });
});
