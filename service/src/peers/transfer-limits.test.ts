import { TransferLimits, type TransferRates } from "./transfer-limits";

/** When each of `count` takes of 1000 bytes passed, in virtual milliseconds, for each peer. */
async function takes(
  rates: TransferRates,
  peers: readonly string[],
  count: number,
): Promise<Map<string, number[]>> {
  let nowMs = 0;
  const sleepers: { atMs: number; wake: () => void }[] = [];
  const limits = new TransferLimits(rates, {
    nowMs: () => nowMs,
    sleep: (ms) => new Promise((wake) => sleepers.push({ atMs: nowMs + ms, wake })),
  });
  const passed = new Map(peers.map((peer) => [peer, [] as number[]]));
  let running = peers.length;
  for (const peer of peers) {
    void (async () => {
      for (let i = 0; i < count; i++) {
        await limits.take(peer, 1000);
        passed.get(peer)?.push(nowMs);
      }
      running--;
    })();
  }
  while (running > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    sleepers.sort((a, b) => a.atMs - b.atMs);
    const next = sleepers.shift();
    if (next === undefined) continue;
    nowMs = next.atMs;
    next.wake();
  }
  return passed;
}

const last = (times: readonly number[] | undefined): number => times?.at(-1) ?? Number.NaN;

describe("TransferLimits", () => {
  it("lets everything through where nothing is limited", async () => {
    expect((await takes({}, ["a"], 50)).get("a")).toEqual(Array.from({ length: 50 }, () => 0));
  });

  it("holds each peer to its rate, whatever the others do", async () => {
    const passed = await takes({ peerBytesPerSecond: 10_000 }, ["a", "b"], 20);
    // 20 takes of a tenth of a second each, less the one under way and a tenth of a second's burst.
    for (const times of passed.values()) expect(last(times)).toBeCloseTo(1_800, 0);
  });

  it("holds all peers together to the whole rate", async () => {
    const passed = await takes({ totalBytesPerSecond: 10_000, peerBytesPerSecond: 1e9 }, ["a", "b"], 20);
    expect(Math.max(...[...passed.values()].map(last))).toBeCloseTo(3_800, 0);
  });

  it("ends a wait that is aborted", async () => {
    const limits = new TransferLimits({ totalBytesPerSecond: 1 });
    const stop = new AbortController();
    await limits.take("a", 100);
    const waiting = limits.take("a", 100, stop.signal);
    stop.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
  });
});
