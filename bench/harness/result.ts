/** What a benchmark measures and what its results file holds. Pure. */

/** One thing measured for one subject (ours or a peer's), repeated. */
export interface Row {
  readonly case: string;
  /** "dvce", or the peer's name. */
  readonly subject: string;
  /** Unit of the runs, e.g. "s" or "B". */
  readonly unit: string;
  readonly runs: readonly number[];
  readonly median: number;
}

/** Something that the benchmark must show. */
export interface Goal {
  readonly goal: string;
  readonly target: number;
  readonly value: number;
  readonly met: boolean;
  /** The best value that can be had, measured in the same run, and by what it is bounded. */
  readonly floor?: { readonly value: number; readonly by: string };
}

/** Content of bench/results/NAME.json. */
export interface BenchmarkResult {
  readonly name: string;
  /** When it ended, RFC 3339. */
  readonly date: string;
  /** Commit measured; ends in "-dirty" when the tree had changes. */
  readonly commit: string;
  readonly machine: string;
  /** Versions of what took part, by name. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
}

/** Throws for no values: a benchmark that measured nothing has failed. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  if (upper === undefined || lower === undefined) throw new Error("median of no values");
  return (lower + upper) / 2;
}

export function row(key: Pick<Row, "case" | "subject" | "unit">, runs: readonly number[]): Row {
  return { case: key.case, subject: key.subject, unit: key.unit, runs, median: median(runs) };
}

/** The runs of both, for a benchmark that takes too long to do at once. Rows that only one of them has are left as they are. */
export function joinRows(earlier: readonly Row[], later: readonly Row[]): Row[] {
  const keyOf = (one: Row) => JSON.stringify([one.case, one.subject, one.unit]);
  const laterByKey = new Map(later.map((one) => [keyOf(one), one]));
  const joined = earlier.map((one) => row(one, [...one.runs, ...(laterByKey.get(keyOf(one))?.runs ?? [])]));
  const known = new Set(earlier.map(keyOf));
  return [...joined, ...later.filter((one) => !known.has(keyOf(one)))];
}

/** What one subject took in one case. Throws when it was not measured. */
export function medianOf(rows: readonly Row[], subject: string, caseName: string): number {
  const found = rows.find((one) => one.subject === subject && one.case === caseName);
  if (found === undefined) throw new Error(`${subject} did not measure ${caseName}`);
  return found.median;
}

/** A goal that `value` is at most `target`. */
export function atMost(goal: string, target: number, value: number): Goal {
  return { goal, target, value, met: value <= target };
}

/** A goal that `value` is at least `target`. */
export function atLeast(goal: string, target: number, value: number): Goal {
  return { goal, target, value, met: value >= target };
}

/** Rows and goals as text for people, subjects of one case beside each other. */
export function formatResult(result: Pick<BenchmarkResult, "rows" | "goals">): string {
  const cases = new Map<string, Row[]>();
  for (const one of result.rows) cases.set(one.case, [...(cases.get(one.case) ?? []), one]);
  const lines: string[] = [];
  for (const [name, rows] of cases) {
    lines.push(name);
    for (const one of rows) {
      const runs = one.runs.map((run) => formatNumber(run)).join(", ");
      lines.push(`  ${one.subject.padEnd(24)} ${formatNumber(one.median)} ${one.unit}  (runs: ${runs})`);
    }
  }
  for (const goal of result.goals) {
    const mark = goal.met ? "met" : "NOT MET";
    const { floor } = goal;
    const bound = floor === undefined ? "" : `; at best ${formatNumber(floor.value)}: ${floor.by}`;
    lines.push(
      `goal ${mark}: ${goal.goal} (target ${formatNumber(goal.target)}, value ${formatNumber(goal.value)}${bound})`,
    );
  }
  return lines.join("\n");
}

const formatNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 3 : 1);
