/** What `npm test` runs, in this order, and how a run is summed up. */

export interface Suite {
  readonly name: string;
  /** Command of node_modules/.bin and its parameters. */
  readonly command: readonly [string, ...string[]];
  /** Whether the command is jest, which then reports how many tests ran. */
  readonly countsTests: boolean;
}

/** A suite's end. Counts are those of jest; a check that counts no tests has none. */
export interface SuiteResult {
  readonly name: string;
  readonly durationMs: number;
  readonly exitCode: number;
  readonly tests?: TestCounts;
}

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  /** Skipped or to do. */
  readonly skipped: number;
  /** Test files that did not get as far as running a test. */
  readonly filesFailed: number;
}

const testTimeoutMs = 600_000;

const checks: readonly Suite[] = [
  { name: "typecheck", command: ["tsc", "--noEmit", "-p", "tsconfig.json"], countsTests: false },
  { name: "lint", command: ["eslint", "."], countsTests: false },
  { name: "format", command: ["prettier", "--check", "--log-level=warn", "."], countsTests: false },
];

/** The checks, then each jest project by name; those other than `unit` own real servers and so run in band. */
export function allSuites(jestProjects: readonly string[]): Suite[] {
  const suites = jestProjects.map((name): Suite => {
    const inBand = name === "unit" ? [] : ["--runInBand", `--testTimeout=${testTimeoutMs}`];
    return { name, command: ["jest", "--selectProjects", name, ...inBand], countsTests: true };
  });
  return [...checks, ...suites];
}

/**
 * The suites that the user named, all where none was named.
 * @throws Error that lists the names there are.
 */
export function chooseSuites(suites: readonly Suite[], names: readonly string[]): Suite[] {
  const unknown = names.find((name) => !suites.some((suite) => suite.name === name));
  if (unknown !== undefined)
    throw new Error(`There is no suite ${unknown}. Suites: ${suites.map(({ name }) => name).join(", ")}`);
  return suites.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Counts out of jest's `--json` report; undefined where the text is no such report. */
export function parseJestReport(text: string): TestCounts | undefined {
  try {
    const report = JSON.parse(text) as Record<string, unknown>;
    const count = (key: string): number => {
      const value = report[key];
      if (typeof value !== "number") throw new TypeError(key);
      return value;
    };
    return {
      passed: count("numPassedTests"),
      failed: count("numFailedTests"),
      skipped: count("numPendingTests") + count("numTodoTests"),
      filesFailed: count("numRuntimeErrorTestSuites"),
    };
  } catch {
    return undefined;
  }
}

/** A suite passes if its command says so and, where tests are counted, at least one ran and none failed. */
export function passes(result: SuiteResult, countsTests: boolean): boolean {
  if (result.exitCode !== 0) return false;
  if (!countsTests) return true;
  const tests = result.tests;
  return tests !== undefined && tests.passed > 0 && tests.failed + tests.filesFailed === 0;
}

/**
 * Passed and failed over all suites. A failed check counts as one failure, and so does a test file that did not run
 * and a suite that failed without a failed test, so that a red run never reads "0 failed".
 */
export function totals(
  suites: readonly Suite[],
  results: readonly SuiteResult[],
): { passed: number; failed: number } {
  let passed = 0;
  let failed = 0;
  for (const suite of suites) {
    const result = results.find(({ name }) => name === suite.name);
    passed += result?.tests?.passed ?? 0;
    const failures = (result?.tests?.failed ?? 0) + (result?.tests?.filesFailed ?? 0);
    const green = result !== undefined && passes(result, suite.countsTests);
    failed += green ? 0 : Math.max(1, failures);
  }
  return { passed, failed };
}
