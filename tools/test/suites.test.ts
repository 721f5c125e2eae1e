import { allSuites, chooseSuites, parseJestReport, passes, totals, type SuiteResult } from "./suites";

const suites = allSuites(["unit", "gateway"]);
const counts = { passed: 3, failed: 0, skipped: 0, filesFailed: 0 };

function result(name: string, exitCode = 0, tests?: SuiteResult["tests"]): SuiteResult {
  return { name, exitCode, durationMs: 1, ...(tests === undefined ? {} : { tests }) };
}

describe("suites", () => {
  it("runs the checks first and suites with servers in band", () => {
    expect(suites.map(({ name }) => name)).toEqual(["typecheck", "lint", "format", "unit", "gateway"]);
    expect(suites[3]?.command).not.toContain("--runInBand");
    expect(suites[4]?.command).toContain("--runInBand");
  });

  it("chooses by name and names what there is", () => {
    expect(chooseSuites(suites, ["gateway", "lint"]).map(({ name }) => name)).toEqual(["lint", "gateway"]);
    expect(chooseSuites(suites, [])).toHaveLength(5);
    expect(() => chooseSuites(suites, ["gatewy"])).toThrow(
      "There is no suite gatewy. Suites: typecheck, lint",
    );
  });

  it("reads jest's report, and nothing else as one", () => {
    const report = {
      numPassedTests: 4,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      numRuntimeErrorTestSuites: 1,
    };
    expect(parseJestReport(JSON.stringify(report))).toEqual({
      passed: 4,
      failed: 1,
      skipped: 3,
      filesFailed: 1,
    });
    expect(parseJestReport("{}")).toBeUndefined();
    expect(parseJestReport("")).toBeUndefined();
  });

  it("does not pass a suite that ran no test or lost a file", () => {
    expect(passes(result("unit", 0, counts), true)).toBe(true);
    expect(passes(result("unit", 0, { ...counts, passed: 0 }), true)).toBe(false);
    expect(passes(result("unit", 0, { ...counts, filesFailed: 1 }), true)).toBe(false);
    expect(passes(result("unit", 1, counts), true)).toBe(false);
    expect(passes(result("unit"), true)).toBe(false);
    expect(passes(result("lint"), false)).toBe(true);
  });

  it("never sums a red run up as 0 failed", () => {
    const green = [result("typecheck"), result("lint"), result("format")];
    const tests = [result("unit", 0, counts), result("gateway", 0, counts)];
    expect(totals(suites, [...green, ...tests])).toEqual({ passed: 6, failed: 0 });
    expect(totals(suites, [...green, result("unit", 0, counts), result("gateway", 1, counts)])).toEqual({
      passed: 6,
      failed: 1,
    });
    expect(totals(suites, [...green, result("unit", 1, { ...counts, failed: 2, filesFailed: 1 })])).toEqual({
      passed: 3,
      failed: 4,
    });
    expect(totals(suites, [])).toEqual({ passed: 0, failed: 5 });
  });
});
