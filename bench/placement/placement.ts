/**
 * `placement`: clusters over 1,000 nodes that are 60–95 % full and hold 100 versions of one lineage, by how many nodes
 * hold each version; beside Kubernetes' ImageLocality with and without its clamp, spreading, and chance. Every plan is
 * measured by the bytes that its nodes fetch, and by our objective against the exact least on small pools and against a
 * proven bound on the large ones. Bytes are counted by what each node lacks, for every planner alike.
 *
 * DVCE_BENCH_SEED chooses other pools and clusters. Peers draw equals by lot, from the same seed.
 */
import type {
  Benchmark,
  BenchmarkContext,
  Measurement,
  PreparedBenchmark,
  Subject,
} from "../harness/benchmark";
import { atMost, medianOf, type Goal, type Row } from "../harness/result";
import {
  largeInstances,
  memberCountMax,
  memberCounts,
  replicaShares,
  smallInstances,
  type Instance,
} from "./instances";
import { Optimum } from "./optimum";
import { imageLocality, peers } from "./peers";
import { dvce, plan, plannerOf, type Planner } from "./plan";

const defaultSeed = 20_261_123;
const ours = "dvce";
/** Of bytes and times; those of the largest size tell the 99th percentile. */
const clustersOf = (memberCount: number): number => (memberCount === memberCountMax ? 20 : 8);
const smallPools = 12;
/** Clusters of each pool and size that a bound is proven for. */
const boundedEach = 2;

const gapMeanMax = 0.02;
const gap95Max = 0.05;
const milliseconds99Max = 1000;
const bytesShareMax = 0.5;
/** Where few nodes hold an image: there ImageLocality has to be beaten. */
const fewReplicas = 0.05;

/** An instance and a cost that no plan undercuts. */
interface Bounded {
  readonly instance: Instance;
  readonly least: number;
}

interface Sets {
  readonly all: readonly Instance[];
  readonly exact: readonly Bounded[];
  /** The fewest bytes that any plan fetches, for each of `exact`. */
  readonly fewestBytes: readonly number[];
  readonly bounded: readonly Bounded[];
}

const percent = (share: number): string => `${share * 100} %`;
const bytesCase = (memberCount: number, share: number): string =>
  `fetched, ${memberCount} members, replicas on ${percent(share)} of the nodes`;
const time99Case = `time of a plan, ${memberCountMax} members, 99th percentile`;
const time50Case = `time of a plan, ${memberCountMax} members, median`;
const gapCases = {
  exact: [
    "cost above the exact least, 12 nodes, mean",
    "cost above the exact least, 12 nodes, 95th percentile",
  ],
  bounded: ["cost above a bound, 1,000 nodes, mean", "cost above a bound, 1,000 nodes, 95th percentile"],
} as const;
const moreBytesCase = "fetched beyond the fewest bytes possible, 12 nodes";

const units: Record<string, string> = {
  ...Object.fromEntries(
    replicaShares.flatMap((share) => memberCounts.map((count) => [bytesCase(count, share), "MB"])),
  ),
  [moreBytesCase]: "MB",
  ...Object.fromEntries([...gapCases.exact, ...gapCases.bounded].map((name) => [name, "%"])),
  [time50Case]: "ms",
  [time99Case]: "ms",
};

async function prepare({ quick, say, signal }: BenchmarkContext): Promise<PreparedBenchmark> {
  const seed = Number(process.env["DVCE_BENCH_SEED"] ?? defaultSeed);
  say(`DVCE_BENCH_SEED=${seed}`);
  const planners: readonly [string, Planner][] = [
    [ours, dvce],
    ...peers.map((peer): [string, Planner] => [peer.name, plannerOf(peer, seed)]),
  ];
  const optimum = await Optimum.load();
  const sets = makeSets(optimum, seed, quick, planners, say, signal);
  const subjects = planners.map(([name, planner]): Subject => ({
    name,
    run: () => {
      signal.throwIfAborted();
      return Promise.resolve(measureAll(planner, sets));
    },
  }));
  return {
    subjects,
    units,
    versions: { seed: String(seed), highs: optimum.version },
    goals: placementGoals,
    close: () => Promise.resolve(),
  };
}

export const placement: Benchmark = { name: "placement", runs: 5, warmUp: false, prepare };

function makeSets(
  optimum: Optimum,
  seed: number,
  quick: boolean,
  planners: readonly [string, Planner][],
  say: (line: string) => void,
  signal: AbortSignal,
): Sets {
  const all = largeInstances(seed, quick ? () => 1 : clustersOf);
  // A pool may be so full that one of the planners, which take members one after the other, finds no room.
  const small = smallInstances(seed, quick ? 2 : smallPools).filter((instance) =>
    planners.every(([, planner]) => canPlan(planner, instance)),
  );
  say(`${small.length} small clusters: the exact least costs`);
  const exact = small.map((instance) => ({
    instance,
    least: optimum.leastCost(instance.scene.pool, instance.spec, { exact: true }),
  }));
  const fewestBytes = small.map(({ scene, spec }) =>
    optimum.leastCost(scene.pool, spec, { exact: true, bytesOnly: true }),
  );
  // One version, then several.
  const firsts = all.filter(({ scene, memberCount }, at) => {
    const before = all[at - boundedEach];
    return before?.scene !== scene || before.memberCount !== memberCount;
  });
  const bounded: Bounded[] = [];
  for (const instance of quick ? firsts.filter(({ memberCount }) => memberCount < 46) : firsts) {
    signal.throwIfAborted();
    say(`${instance.memberCount} members, replicas on ${percent(instance.replicaShare)}: a bound`);
    const least = optimum.leastCost(instance.scene.pool, instance.spec, { exact: false });
    bounded.push({ instance, least });
  }
  return { all, exact, fewestBytes, bounded };
}

function canPlan(planner: Planner, instance: Instance): boolean {
  try {
    return planner(instance) !== undefined;
  } catch {
    return false;
  }
}

function measureAll(planner: Planner, sets: Sets): Measurement {
  const plans = sets.all.map((instance) => ({ instance, plan: plan(planner, instance) }));
  const bytes = replicaShares.flatMap((share) =>
    memberCounts.map((count): [string, number] => {
      const some = plans.filter(
        ({ instance }) => instance.memberCount === count && instance.replicaShare === share,
      );
      return [bytesCase(count, share), mean(some.map((one) => one.plan.fetchedBytes)) / 1e6];
    }),
  );
  const times = plans
    .filter(({ instance }) => instance.memberCount === memberCountMax)
    .map((one) => one.plan.milliseconds);
  const gaps = (bounded: readonly Bounded[]): [number, number] => {
    const above = bounded.map(({ instance, least }) => 100 * (plan(planner, instance).cost / least - 1));
    return [mean(above), quantile(above, 0.95)];
  };
  const [exactMean, exact95] = gaps(sets.exact);
  const [boundedMean, bounded95] = gaps(sets.bounded);
  const more = sets.exact.map(
    ({ instance }, at) => plan(planner, instance).fetchedBytes - (sets.fewestBytes[at] ?? 0),
  );
  return {
    ...Object.fromEntries(bytes),
    [moreBytesCase]: mean(more) / 1e6,
    [gapCases.exact[0]]: exactMean,
    [gapCases.exact[1]]: exact95,
    [gapCases.bounded[0]]: boundedMean,
    [gapCases.bounded[1]]: bounded95,
    [time50Case]: quantile(times, 0.5),
    [time99Case]: quantile(times, 0.99),
  };
}

export function placementGoals(rows: readonly Row[]): Goal[] {
  const few = replicaShares.filter((share) => share <= fewReplicas);
  const fetched = (subject: string, share: number): number =>
    memberCounts.reduce((sum, count) => sum + medianOf(rows, subject, bytesCase(count, share)), 0);
  return [
    ...Object.values(gapCases).flatMap(([meanCase, case95]) => [
      atMost(meanCase, gapMeanMax, medianOf(rows, ours, meanCase) / 100),
      atMost(case95, gap95Max, medianOf(rows, ours, case95) / 100),
    ]),
    atMost(`${time99Case}, in ms`, milliseconds99Max, medianOf(rows, ours, time99Case)),
    ...few.map((share) =>
      atMost(
        `fetched as a share of ImageLocality's, replicas on ${percent(share)} of the nodes`,
        bytesShareMax,
        fetched(ours, share) / fetched(imageLocality.name, share),
      ),
    ),
  ];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** The least value that so many of all do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
