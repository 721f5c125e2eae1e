import { CacheBelief } from "./cache-belief";

const unknown = () => undefined;

/** Does `count` reads; answers how many were done at once. */
function reads(belief: CacheBelief, count: number, ms: number): number {
  let atOnce = 0;
  for (let i = 0; i < count; i++) {
    if (!belief.expects()) continue;
    atOnce++;
    belief.took(ms, 4096);
  }
  return atOnce;
}

test("reads at once while that is fast, hardly ever while it is slow, and again when it is fast again", () => {
  const belief = new CacheBelief(unknown);
  expect(reads(belief, 1000, 0.005)).toBe(1000);
  expect(reads(belief, 10_000, 0.1)).toBeLessThan(20);
  reads(belief, 1100, 0.005);
  expect(reads(belief, 1000, 0.005)).toBe(1000);
});

test("gets over one slow read soon: the thread may just have lost its CPU", () => {
  const belief = new CacheBelief(unknown);
  reads(belief, 1, 4);
  expect(reads(belief, 1000, 0.005)).toBe(1000 - 16);
});

test("knows that large reads take longer", () => {
  const belief = new CacheBelief(unknown);
  belief.took(0.4, 2 * 1024 * 1024);
  expect(belief.expects()).toBe(true);
  belief.took(0.4, 4096);
  expect(belief.expects()).toBe(false);
});

test("does not count what was slow without a byte from storage", () => {
  let storageBytes = 4096;
  const belief = new CacheBelief(() => storageBytes);
  expect(reads(belief, 1000, 4)).toBe(1000);
  storageBytes += 4096;
  belief.took(4, 4096);
  expect(belief.expects()).toBe(false);
});
