/**
 * `npm test [-- SUITE ...]`: sets up what is missing, runs every suite (or those named), sums up, and exits with 1
 * if any suite failed or ran no test. Leaves `out/test/summary.json` and jest's own report of each suite.
 */
import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { ensureAll, repositoryDirectory } from "../setup";
import { execute } from "../setup/execute";
import { formatSeconds } from "../setup/progress";
import {
  allSuites,
  chooseSuites,
  parseJestReport,
  passes,
  totals,
  type Suite,
  type SuiteResult,
} from "./suites";

const outDirectory = path.join(repositoryDirectory, "out/test");

async function main(names: readonly string[]): Promise<boolean> {
  await rm(outDirectory, { recursive: true, force: true });
  await mkdir(outDirectory, { recursive: true });
  const suites = chooseSuites(allSuites(await jestProjects()), names);
  await ensureAll({ image: true, opentofu: true, desync: true, arm64: true });
  const results: SuiteResult[] = [];
  for (const suite of suites) results.push(await run(suite));
  return await report(suites, results);
}

/** Names of the jest projects, asked of jest, so that jest.config.cjs alone says which there are. */
async function jestProjects(): Promise<string[]> {
  const answer = await execute("jest", ["--showConfig"], { cwd: repositoryDirectory });
  const { configs } = JSON.parse(answer) as { configs: { displayName: { name: string } }[] };
  return configs.map(({ displayName }) => displayName.name);
}

async function run(suite: Suite): Promise<SuiteResult> {
  console.log(`\n=== ${suite.name}`);
  const started = performance.now();
  const reportPath = path.join(outDirectory, `${suite.name}.json`);
  const [command, ...parameters] = suite.command;
  const reporting = suite.countsTests ? ["--json", `--outputFile=${reportPath}`] : [];
  const exitCode = await new Promise<number>((resolve, reject) => {
    // jest prints its report to standard output as well; people read what it says on standard error.
    const child = spawn(command, [...parameters, ...reporting], {
      cwd: repositoryDirectory,
      stdio: ["ignore", suite.countsTests ? "ignore" : "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
  const tests = parseJestReport(await readFile(reportPath, "utf8").catch(() => ""));
  const durationMs = Math.round(performance.now() - started);
  return { name: suite.name, durationMs, exitCode, ...(tests === undefined ? {} : { tests }) };
}

async function report(suites: readonly Suite[], results: readonly SuiteResult[]): Promise<boolean> {
  console.log("\n=== summary");
  for (const suite of suites) {
    const result = results.find(({ name }) => name === suite.name);
    const green = result !== undefined && passes(result, suite.countsTests);
    const tests = result?.tests;
    const skipped = tests === undefined || tests.skipped === 0 ? "" : `, ${tests.skipped} skipped`;
    const said = tests === undefined ? "" : `${tests.passed} passed, ${tests.failed} failed${skipped}`;
    const columns = [
      (green ? "ok" : "FAILED").padEnd(8),
      suite.name.padEnd(14),
      formatSeconds(result?.durationMs ?? 0).padStart(12),
      said,
    ];
    console.log(columns.join("  ").trimEnd());
  }
  const sum = totals(suites, results);
  const passed = sum.failed === 0;
  const summary = { ...sum, suites: results };
  await writeFile(path.join(outDirectory, "summary.json"), `${JSON.stringify(summary, undefined, 2)}\n`);
  const durationMs = results.reduce((total, result) => total + result.durationMs, 0);
  console.log(`\n${sum.passed} passed, ${sum.failed} failed, in ${formatSeconds(durationMs)}`);
  return passed;
}

main(process.argv.slice(2)).then(
  (passed) => {
    process.exitCode = passed ? 0 : 1;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
