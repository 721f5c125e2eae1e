import { Warmth } from "./warmth";

test("believes what was read or written, until a read was slow", () => {
  const warmth = new Warmth(10 * 1024 * 1024 + 1);
  warmth.add(4096 * 3, 8192);
  expect(warmth.has(4096 * 3 + 1, 8191)).toBe(true);
  expect(warmth.has(4096 * 3 - 1, 2)).toBe(false);
  expect(warmth.has(4096 * 5 - 1, 2)).toBe(false);
  warmth.add(10 * 1024 * 1024, 1);
  expect(warmth.has(10 * 1024 * 1024, 1)).toBe(true);
  warmth.took(0.1);
  expect(warmth.has(4096 * 3, 1)).toBe(true);
  warmth.took(5);
  expect(warmth.has(4096 * 3, 1)).toBe(false);
});

test("takes little memory for the largest images", () => {
  const warmth = new Warmth(64 * 2 ** 40);
  warmth.add(2 ** 45, 1);
  expect(warmth.has(2 ** 45, 4096)).toBe(true);
  expect(warmth.has(2 ** 46 - 1, 1)).toBe(false);
});
