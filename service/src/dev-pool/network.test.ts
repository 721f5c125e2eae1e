import { rateBytesPerSecond } from "./network";

describe("rates in tc's notation", () => {
  test.each([
    ["1gbit", 125_000_000],
    ["200mbit", 25_000_000],
    ["1.5Mbit", 187_500],
    ["64kbps", 64_000],
    ["8kbit", 1_000],
  ])("%s is %d bytes per second", (rate, bytesPerSecond) => {
    expect(rateBytesPerSecond(rate)).toBe(bytesPerSecond);
  });

  test.each(["", "fast", "1", "1 gbit", "-1gbit", "1gib", "7bit"])(
    "%p is refused with what is allowed",
    (rate) => {
      expect(() => rateBytesPerSecond(rate)).toThrow(
        expect.objectContaining({
          code: "DVCE_INPUT_INVALID",
          message: expect.stringContaining("1gbit") as string,
        }),
      );
    },
  );
});
