import { dominantShare, riskOf, weights } from "./cost";

describe("dominantShare", () => {
  const capacity = { vcpus: 8, memoryMiB: 1000, diskBytes: 100 };

  it.each([
    [{ vcpus: 4, memoryMiB: 100, diskBytes: 10 }, 0.5],
    [{ vcpus: 1, memoryMiB: 900, diskBytes: 10 }, 0.9],
    [{ vcpus: 0, memoryMiB: 0, diskBytes: 0 }, 0],
  ])("of %j is %d", (used, share) => expect(dominantShare(used, capacity)).toBe(share));

  it("counts a resource that is not there as full once it is taken", () =>
    expect(dominantShare({ vcpus: 1, memoryMiB: 0, diskBytes: 0 }, { ...capacity, vcpus: 0 })).toBe(1));
});

describe("riskOf", () => {
  it("is nothing for a clean record, and half after two failed boots or four lost heartbeats", () => {
    expect(riskOf(undefined)).toBe(0);
    expect(riskOf({ bootFailures: 0, flaps: 0 })).toBe(0);
    expect(riskOf({ bootFailures: 2, flaps: 0 })).toBe(0.5);
    expect(riskOf({ bootFailures: 0, flaps: 4 })).toBe(0.5);
  });

  it("never reaches what it weighs at most", () =>
    expect(riskOf({ bootFailures: 1e6, flaps: 1e6 })).toBeLessThan(1));
});

test("bytes come first: what the rest of a member weighs is less than a small image", () => {
  const { balanceBytes, spreadBytes } = weights;
  expect(balanceBytes + 3 * spreadBytes).toBeLessThanOrEqual(100 * 1024 * 1024);
});
