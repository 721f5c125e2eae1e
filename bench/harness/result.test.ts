import * as fc from "fast-check";
import { atLeast, atMost, formatResult, joinRows, median, row, medianOf } from "./result";

describe("median", () => {
  test.each([
    [[3], 3],
    [[1, 2], 1.5],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])("of %j is %d", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test("has as many values below as above, in any order", () => {
    const numbers = fc.array(fc.double({ noNaN: true, min: -1e15, max: 1e15 }), { minLength: 1 });
    fc.assert(
      fc.property(numbers, (values) => {
        const middle = median(values);
        const below = values.filter((value) => value < middle).length;
        const above = values.filter((value) => value > middle).length;
        expect(below).toBeLessThanOrEqual(values.length / 2);
        expect(above).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  test("of nothing is an error", () => {
    expect(() => median([])).toThrow("median of no values");
  });
});

test("goals say whether they are met", () => {
  expect(atMost("at most half of the peer", 0.5, 0.5).met).toBe(true);
  expect(atMost("at most half of the peer", 0.5, 0.51).met).toBe(false);
  expect(atLeast("twice the peer", 2, 1.9).met).toBe(false);
});

test("text shows subjects of a case beside each other, and goals", () => {
  const rows = [
    row({ case: "apply", subject: "dvce", unit: "s" }, [60.5, 62]),
    row({ case: "bytes", subject: "dvce", unit: "B" }, [5]),
    row({ case: "apply", subject: "peer", unit: "s" }, [100]),
  ];
  const bounded = { ...atMost("fewer", 0.1, 0.2), floor: { value: 0.15, by: "what is read" } };
  expect(formatResult({ rows, goals: [atMost("sooner than the peer", 1, 0.6125), bounded] })).toBe(
    [
      "apply",
      "  dvce                     61.3 s  (runs: 60.5, 62)",
      "  peer                     100 s  (runs: 100)",
      "bytes",
      "  dvce                     5 B  (runs: 5)",
      "goal met: sooner than the peer (target 1, value 0.613)",
      "goal NOT MET: fewer (target 0.100, value 0.200; at best 0.150: what is read)",
    ].join("\n"),
  );
});

describe("medianOf", () => {
  const rows = [row({ case: "warm", subject: "dvce", unit: "s" }, [3, 1, 2])];

  it("is the median of a subject in a case", () => expect(medianOf(rows, "dvce", "warm")).toBe(2));

  it("throws for what was not measured", () =>
    expect(() => medianOf(rows, "desync", "warm")).toThrow("desync did not measure warm"));
});

test("runs of one row are joined, and their median is that of all", () => {
  const of = (subject: string, runs: number[]) => row({ case: "boot", subject, unit: "s" }, runs);
  expect(joinRows([of("dvce", [1, 2]), of("once", [7])], [of("dvce", [9]), of("new", [4])])).toEqual([
    of("dvce", [1, 2, 9]),
    of("once", [7]),
    of("new", [4]),
  ]);
});
