/** `npm run bench -- NAME`: runs one benchmark, shows it and writes bench/results/NAME.json. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DvceError } from "@dvce/api";
import { ensureAll } from "../tools/setup";
import { repositoryDirectory } from "../tools/setup/paths";
import { boot } from "./boot/boot";
import { dedup } from "./dedup/dedup";
import { fetch } from "./fetch/fetch";
import { type Benchmark, measure } from "./harness/benchmark";
import { commitMeasured, machineDescription } from "./harness/machine";
import { type BenchmarkResult, formatResult, joinRows } from "./harness/result";
import { ingest } from "./ingest/ingest";
import { inventory } from "./inventory/inventory";
import { loop } from "./loop/loop";
import { open } from "./open/open";
import { placement } from "./placement/placement";
import { provider } from "./provider/provider";
import { restore } from "./restore/restore";
import { serve } from "./serve/serve";

const benchmarks: readonly Benchmark[] = [
  boot,
  dedup,
  loop,
  ingest,
  open,
  fetch,
  placement,
  restore,
  serve,
  provider,
  inventory,
];

const usage = `npm run bench -- NAME [--quick] [--runs N] [--add]

  --quick   one run each and no warm-up: shows that it works, not how fast anything is
  --runs N  so many runs of each instead of the benchmark's own number
  --add     join them with those of bench/results/NAME.json, which must be of the same commit and machine: for
            benchmarks that take too long to run at once

Writes bench/results/NAME.json.

Benchmarks: ${benchmarks.map((benchmark) => benchmark.name).join(", ")}
`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(argv: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      runs: { type: "string" },
      add: { type: "boolean", default: false },
    },
  });
  const { quick, add } = values;
  const benchmark = benchmarks.find((candidate) => candidate.name === positionals[0]);
  if (benchmark === undefined || positionals.length !== 1) throw new Error(usage);
  const runs = Number(values.runs ?? (quick ? 1 : benchmark.runs));
  if (!Number.isInteger(runs) || runs < 1) throw new Error(usage);
  const path = join(repositoryDirectory, `bench/results/${benchmark.name}.json`);
  const [commit, machine] = [await commitMeasured(), machineDescription()];
  const earlier = add ? (JSON.parse(await readFile(path, "utf8")) as BenchmarkResult) : undefined;
  // The earlier part has changed the results' file, so that this one finds the tree dirty.
  const isSameCommit = earlier?.commit.replace("-dirty", "") === commit.replace("-dirty", "");
  if (earlier !== undefined && !(isSameCommit && earlier.machine === machine)) {
    throw new Error(
      `The runs in ${path} are of commit ${earlier.commit} on ${earlier.machine}, not of ${commit} on ${machine}. Run without --add.`,
    );
  }

  const abort = new AbortController();
  const interrupt = (): void => abort.abort(new Error("Interrupted."));
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);

  const setup = await ensureAll({ image: true, opentofu: false, desync: true, benchmarks: true });
  const prepared = await benchmark.prepare({ quick, setup, say, signal: abort.signal });
  try {
    // What is run less often than the rest has had its runs.
    const subjects = prepared.subjects.filter((subject) => !add || subject.runs === undefined);
    const warmUp = !quick && benchmark.warmUp !== false;
    const measured = await measure({ ...prepared, subjects }, { runs, warmUp, say });
    const rows = joinRows(earlier?.rows ?? [], measured);
    const result: BenchmarkResult = {
      name: benchmark.name,
      date: new Date().toISOString(),
      commit,
      machine,
      versions: { node: process.versions.node, ...prepared.versions },
      rows,
      goals: prepared.goals(rows),
    };
    process.stdout.write(`${formatResult(result)}\n`);
    await mkdir(join(repositoryDirectory, "bench/results"), { recursive: true });
    await writeFile(path, `${JSON.stringify(result, null, 2)}\n`);
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
