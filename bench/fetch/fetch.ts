/**
 * `fetch`: how fast a node that has nothing of an image gets all of it.
 *
 * Real agents in processes of their own, each in a network namespace with a link of its own; a fetch ends when the agent's
 * inventory says that it holds every chunk durably. Beside them, on the same links: a plain HTTP download of the image's data (no
 * holes) into a file, and one GET for each encoded chunk, eight at a time, verified and not stored; and as a floor all encoded
 * chunks as one download that a single thread verifies and nobody stores.
 *
 * 1 Gbit/s is `tc tbf` on both ends of a link, without added latency where the kernel has no netem.
 *
 * One node fetches with an agent that has fetched before, as agents mostly have, and for comparison with one that has just
 * started, whose code has to be compiled while it fetches.
 */
import { availableParallelism } from "node:os";
import type { Benchmark, Measurement, PreparedBenchmark } from "../harness/benchmark";
import { atLeast, atMost, type Goal, type Row } from "../harness/result";
import { fetchersMax, Scene, type Fetched } from "./scene";

const megabyte = 1e6;
const gigabitBytesPerSecond = 125e6;

export const cases = {
  gigabit: "1 node, 1 Gbit/s: image data",
  gigabitWire: "1 node, 1 Gbit/s: on the wire",
  unlimited: "1 node, unlimited: image data",
  processors: "1 node, unlimited: processor time of origin and node",
  started: "1 node, unlimited, its agent just started: image data",
  together: `${fetchersMax} nodes at once: time until the last has all`,
  originBytes: `${fetchersMax} nodes at once: origin's bytes for each unique byte`,
};
export const subjects = {
  dvce: "dvce",
  raw: "HTTP download of raw data",
  gets: "one GET a chunk",
  floor: "received and verified",
};

export const fetch: Benchmark = {
  name: "fetch",
  runs: 5,
  async prepare({ setup, say }): Promise<PreparedBenchmark> {
    if (setup.imagePath === undefined)
      throw new Error("set-up answered no image although it was asked for one");
    const scene = await Scene.make(setup.imagePath, setup.cacheDirectory, say);
    return {
      subjects: [
        {
          name: subjects.dvce,
          run: () =>
            measure(scene, (hosts, fetchedBefore) => scene.fetchWithAgents(hosts, { fetchedBefore })),
        },
        { name: subjects.raw, run: () => measure(scene, (hosts) => scene.fetchPlainly(hosts, "raw")) },
        {
          name: subjects.gets,
          runs: 1, // no goal is about it
          run: () => measure(scene, (hosts) => scene.fetchPlainly(hosts, "chunks")),
        },
        { name: subjects.floor, run: () => measure(scene, (hosts) => scene.fetchPlainly(hosts, "floor")) },
      ],
      units: {
        [cases.gigabit]: "MB/s",
        [cases.gigabitWire]: "MB/s",
        [cases.unlimited]: "MB/s",
        [cases.processors]: "s",
        [cases.started]: "MB/s",
        [cases.together]: "s",
        [cases.originBytes]: "×",
      },
      versions: {},
      goals: (rows) => fetchGoals(rows, scene.images.index.dataBytes / megabyte),
      close: () => scene.close(),
    };
  },
};

/** Of agents, those that have fetched before or that have just started. */
type Fetch = (hosts: Scene["hosts"]["hosts"], fetchedBefore: boolean) => Promise<Fetched>;

async function measure(scene: Scene, fetchAll: Fetch): Promise<Measurement> {
  const { hosts } = scene;
  const { index, encodedBytes } = scene.images;
  const one = scene.fetchers(1);
  await hosts.limit("1gbit");
  const gigabit = await fetchAll(one, true);
  await hosts.limit(null);
  const unlimited = await fetchAll(one, true);
  const started = await fetchAll(one, false);
  await hosts.limit("1gbit");
  const together = await fetchAll(scene.fetchers(fetchersMax), false);
  return {
    [cases.gigabit]: index.dataBytes / gigabit.seconds / megabyte,
    [cases.gigabitWire]: gigabit.originBytes / gigabit.seconds / megabyte,
    [cases.unlimited]: index.dataBytes / unlimited.seconds / megabyte,
    [cases.processors]: unlimited.processorSeconds,
    [cases.started]: index.dataBytes / started.seconds / megabyte,
    [cases.together]: together.seconds,
    [cases.originBytes]: together.originBytes / encodedBytes,
  };
}

export function fetchGoals(rows: readonly Row[], imageMegabytes: number): Goal[] {
  const median = (name: string, of: string): number =>
    rows.find((row) => row.case === name && row.subject === of)?.median ?? Number.NaN;
  const ours = (name: string) => median(name, subjects.dvce);
  const processors = availableParallelism();
  const compressed = ours(cases.gigabit) / ours(cases.gigabitWire);
  const verified = (imageMegabytes * processors) / median(cases.processors, subjects.floor);
  return [
    {
      ...atLeast(
        "share of the wire's rate at 1 Gbit/s",
        0.9,
        (ours(cases.gigabitWire) * megabyte) / gigabitBytesPerSecond,
      ),
      floor: {
        value: (median(cases.gigabitWire, subjects.raw) * megabyte) / gigabitBytesPerSecond,
        by: "what a plain download gets of the wire",
      },
    },
    {
      ...atLeast(
        "image data at 1 Gbit/s, as a multiple of a raw download",
        2.3,
        ours(cases.gigabit) / median(cases.gigabit, subjects.raw),
      ),
      floor: { value: compressed, by: "what compression leaves of the image" },
    },
    {
      ...atLeast("image data unlimited, in MB/s", 600, ours(cases.unlimited)),
      floor: {
        value: verified,
        by: `receiving, decompressing and hashing alone on ${processors} processors`,
      },
    },
    atMost("bytes that the origin sends for each unique one", 1.2, ours(cases.originBytes)),
  ];
}
