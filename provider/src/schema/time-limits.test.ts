import { validateAttributes } from "./validate";
import { parseDuration, timeLimitOf, timeouts, type TimeLimits } from "./time-limits";

const defaults: TimeLimits = { create: "5m", read: "1m", update: "5m", delete: "5m" };

test.each([
  ["90s", 90_000],
  ["10m", 600_000],
  ["1h30m", 5_400_000],
  ["1.5h", 5_400_000],
  ["250ms", 250],
  ["", undefined],
  ["10", undefined],
  ["m10", undefined],
  ["10 m", undefined],
  ["-5m", undefined],
  ["0s", undefined],
  ["600h", undefined],
])("%j is %s ms", (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test("a limit that the object does not name is the resource's own", () => {
  expect(timeLimitOf("create", { timeouts: { create: "2s", read: null } }, defaults)).toBe("2s");
  expect(timeLimitOf("read", { timeouts: { create: "2s", read: null } }, defaults)).toBe("1m");
  expect(timeLimitOf("delete", { timeouts: null }, defaults)).toBe("5m");
  expect(timeLimitOf("delete", {}, defaults)).toBe("5m");
});

test("what is no duration is told at its place", () => {
  const attributes = { timeouts: timeouts(defaults) };
  const [found, ...others] = validateAttributes(attributes, { timeouts: { create: "soon" } }, "cluster");
  expect(others).toEqual([]);
  expect(found?.path).toEqual([{ attribute: "timeouts" }, { attribute: "create" }]);
  expect(found?.detail).toContain('such as "90s", "10m" or "1h30m", and not "soon"');
});
