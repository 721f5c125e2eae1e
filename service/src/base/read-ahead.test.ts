import { ReadAhead } from "./read-ahead";

const mebibyte = 1024 * 1024;

test("reads ahead of a sequential reader, at most half of what it has read, without gaps", () => {
  const ahead = new ReadAhead();
  let upTo = 0;
  for (let at = 0; at < 64 * mebibyte; at += 65536) {
    const range = ahead.saw(at, 65536);
    const read = at + 65536;
    if (range === undefined) continue;
    expect(read).toBeGreaterThanOrEqual(2 * mebibyte);
    expect(range.startBytes).toBe(Math.max(upTo, read));
    expect(range.endBytes - read).toBeLessThanOrEqual(Math.min(read / 2, 8 * mebibyte));
    upTo = range.endBytes;
  }
  expect(upTo).toBeGreaterThan(66 * mebibyte);
});

test("follows two readers at once, and one whose requests come in disorder", () => {
  const ahead = new ReadAhead();
  let asked = 0;
  for (let at = 0; at < 8 * mebibyte; at += 4 * 65536) {
    for (const piece of [2, 0, 3, 1]) {
      if (ahead.saw(at + piece * 65536, 65536)) asked++;
      if (ahead.saw(512 * mebibyte + at + piece * 65536, 65536)) asked++;
    }
  }
  expect(asked).toBeGreaterThan(4);
});

test("does not believe readers that jump about, in a large place or a small one, or read one place again", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (const places of [100_000, 512]) {
    const ahead = new ReadAhead();
    const answers = Array.from({ length: 20_000 }, () => ahead.saw(random(places) * 65536, 4096));
    expect(answers.filter((range) => range !== undefined)).toEqual([]);
  }
  const again = new ReadAhead();
  const answers = Array.from({ length: 20_000 }, () => again.saw(65536, 65536));
  expect(answers.filter((range) => range !== undefined)).toEqual([]);
});
