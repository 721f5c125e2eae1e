/**
 * How benchmarks are written and run: each subject (ours and its peers) is set up once, warmed up once, and then
 * measured in turn, so that a slow minute of the machine falls on all of them.
 */
import type { SetupPaths } from "../../tools/setup/types";
import { type Goal, row, type Row } from "./result";

/** Values of one run by case; every run of every subject answers the same cases. */
export type Measurement = Readonly<Record<string, number>>;

export interface Subject {
  /** "dvce", or the peer's name. */
  readonly name: string;
  /** Runs of it, where those of the benchmark would take too long and no goal is about it. */
  readonly runs?: number;
  /** Cases that it does not take part in. */
  readonly skips?: readonly string[];
  /** Does the whole thing once and answers what it measured. Leaves nothing behind. */
  run(): Promise<Measurement>;
}

export interface BenchmarkContext {
  /** Fewer runs, no warm-up: shows that the benchmark works, not how fast anything is. */
  readonly quick: boolean;
  readonly setup: SetupPaths;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface PreparedBenchmark {
  readonly subjects: readonly Subject[];
  /** Units of the cases. */
  readonly units: Readonly<Record<string, string>>;
  /** Versions of what takes part, by name. */
  readonly versions: Readonly<Record<string, string>>;
  goals(rows: readonly Row[]): Goal[];
  /** Called at the end, also after a failure. */
  close(): Promise<void>;
}

export interface Benchmark {
  readonly name: string;
  readonly runs: number;
  /** False where the first run measures the same as any other. Default true. */
  readonly warmUp?: boolean;
  prepare(context: BenchmarkContext): Promise<PreparedBenchmark>;
}

/** Runs the subjects in turn and answers one row for each case and subject. */
export async function measure(
  prepared: Pick<PreparedBenchmark, "subjects" | "units">,
  options: { readonly runs: number; readonly warmUp: boolean; readonly say: (line: string) => void },
): Promise<Row[]> {
  const runs = new Map<Subject, Measurement[]>(prepared.subjects.map((subject) => [subject, []]));
  const takesPart = (subject: Subject, name: string) => subject.skips?.includes(name) !== true;
  const first = options.warmUp ? -1 : 0;
  for (let index = first; index < options.runs; index += 1) {
    for (const subject of prepared.subjects) {
      if (index >= (subject.runs ?? options.runs)) continue;
      options.say(`${subject.name}: ${index < 0 ? "warm-up" : `run ${index + 1} of ${options.runs}`}`);
      const values = await subject.run();
      for (const [name, unit] of Object.entries(prepared.units)) {
        if (!takesPart(subject, name)) continue;
        const value = values[name];
        if (value === undefined || !Number.isFinite(value)) {
          throw new Error(`${subject.name} did not measure "${name}": got ${String(value)}`);
        }
        options.say(`  ${name}: ${value.toFixed(2)} ${unit}`);
      }
      if (index >= 0) runs.get(subject)?.push(values);
    }
  }
  return Object.entries(prepared.units).flatMap(([name, unit]) =>
    prepared.subjects
      .filter((subject) => takesPart(subject, name))
      .map((subject) =>
        row(
          { case: name, subject: subject.name, unit },
          (runs.get(subject) ?? []).map((values) => values[name] ?? Number.NaN),
        ),
      ),
  );
}
