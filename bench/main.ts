/** `npm run bench -- NAME [--quick]`: runs one benchmark, shows it and writes bench/results/NAME.json. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DvceError } from "@dvce/api";
import { ensureAll } from "../tools/setup";
import { repositoryDirectory } from "../tools/setup/paths";
import { boot } from "./boot/boot";
import { dedup } from "./dedup/dedup";
import { fetch } from "./fetch/fetch";
import { type Benchmark, measure } from "./harness/benchmark";
import { commitMeasured, machineDescription } from "./harness/machine";
import { type BenchmarkResult, formatResult } from "./harness/result";
import { ingest } from "./ingest/ingest";
import { loop } from "./loop/loop";
import { restore } from "./restore/restore";
import { serve } from "./serve/serve";

const benchmarks: readonly Benchmark[] = [boot, dedup, loop, ingest, fetch, restore, serve];

const usage = `npm run bench -- NAME [--quick]

  --quick   one run each and no warm-up: shows that it works, not how fast anything is

Writes bench/results/NAME.json.

Benchmarks: ${benchmarks.map((benchmark) => benchmark.name).join(", ")}
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<void> {
  const quick = argv.includes("--quick");
  const names = argv.filter((argument) => argument !== "--quick");
  const benchmark = benchmarks.find((candidate) => candidate.name === names[0]);
  if (benchmark === undefined || names.length !== 1) throw new Error(usage);

  const abort = new AbortController();
  const interrupt = (): void => abort.abort(new Error("Interrupted."));
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);

  const setup = await ensureAll({ image: true, opentofu: false, desync: true, benchmarks: true });
  const prepared = await benchmark.prepare({ quick, setup, say, signal: abort.signal });
  try {
    const rows = await measure(prepared, {
      runs: quick ? 1 : benchmark.runs,
      warmUp: !quick && benchmark.warmUp !== false,
      say,
    });
    const result: BenchmarkResult = {
      name: benchmark.name,
      date: new Date().toISOString(),
      commit: await commitMeasured(),
      machine: machineDescription(),
      versions: { node: process.versions.node, ...prepared.versions },
      rows,
      goals: prepared.goals(rows),
    };
    process.stdout.write(`${formatResult(result)}\n`);
    const path = `bench/results/${benchmark.name}.json`;
    await mkdir(join(repositoryDirectory, "bench/results"), { recursive: true });
    await writeFile(join(repositoryDirectory, path), `${JSON.stringify(result, null, 2)}\n`);
    say(`wrote ${path}`);
  } finally {
    await prepared.close();
  }
}

main(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`\n${error instanceof DvceError ? `${error.code}: ` : ""}${text}\n`);
    process.exit(1);
  },
);
