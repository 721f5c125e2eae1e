/**
 * `fetch`: how fast a node that has nothing of an image gets all of it.
 *
 * Real agents in processes of their own, each in a network namespace with a link of its own; a fetch ends when the agent's
 * inventory says that it holds every chunk durably. Beside them, on the same links: a plain HTTP download of the image's data (no
 * holes) into a file, and one GET for each encoded chunk, eight at a time, verified and not stored.
 *
 * 1 Gbit/s is `tc tbf` on both ends of a link, without added latency where the kernel has no netem.
 */
import type { Benchmark, Measurement, PreparedBenchmark, Subject } from "../harness/benchmark";
import { atLeast, atMost, type Goal, type Row } from "../harness/result";
import { fetchersMax, Scene } from "./scene";

const megabyte = 1e6;
const gigabitBytesPerSecond = 125e6;

export const cases = {
  gigabit: "1 node, 1 Gbit/s: image data",
  gigabitWire: "1 node, 1 Gbit/s: on the wire",
  unlimited: "1 node, unlimited: image data",
  together: `${fetchersMax} nodes at once: time until the last has all`,
  originBytes: `${fetchersMax} nodes at once: origin's bytes for each unique byte`,
};
export const subjects = {
  dvce: "dvce",
  raw: "HTTP download of raw data",
  gets: "one GET a chunk",
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
        subject(scene, subjects.dvce, (hosts) => scene.fetchWithAgents(hosts)),
        subject(scene, subjects.raw, (hosts) => scene.fetchPlainly(hosts, "raw")),
        subject(scene, subjects.gets, (hosts) => scene.fetchPlainly(hosts, "chunks")),
      ],
      units: {
        [cases.gigabit]: "MB/s",
        [cases.gigabitWire]: "MB/s",
        [cases.unlimited]: "MB/s",
        [cases.together]: "s",
        [cases.originBytes]: "×",
      },
      versions: {},
      goals: fetchGoals,
      close: () => scene.close(),
    };
  },
};

type Fetch = (hosts: Scene["hosts"]["hosts"]) => Promise<number>;

function subject(scene: Scene, name: string, fetchAll: Fetch): Subject {
  return { name, run: () => measure(scene, fetchAll) };
}

async function measure(scene: Scene, fetchAll: Fetch): Promise<Measurement> {
  const { hosts, origin, index, encodedBytes } = scene;
  const sentBytes = () => hosts.linkBytes(origin, "tx");
  const one = scene.fetchers(1);

  await hosts.limit("1gbit");
  const beforeGigabit = await sentBytes();
  const gigabitSeconds = await fetchAll(one);
  const wireBytes = (await sentBytes()) - beforeGigabit;

  await hosts.limit(null);
  const unlimitedSeconds = await fetchAll(one);

  await hosts.limit("1gbit");
  const beforeTogether = await sentBytes();
  const togetherSeconds = await fetchAll(scene.fetchers(fetchersMax));
  const originBytes = (await sentBytes()) - beforeTogether;
  return {
    [cases.gigabit]: index.dataBytes / gigabitSeconds / megabyte,
    [cases.gigabitWire]: wireBytes / gigabitSeconds / megabyte,
    [cases.unlimited]: index.dataBytes / unlimitedSeconds / megabyte,
    [cases.together]: togetherSeconds,
    [cases.originBytes]: originBytes / encodedBytes,
  };
}

export function fetchGoals(rows: readonly Row[]): Goal[] {
  const median = (name: string, of: string): number =>
    rows.find((row) => row.case === name && row.subject === of)?.median ?? Number.NaN;
  const ours = (name: string) => median(name, subjects.dvce);
  return [
    atLeast(
      "share of the wire's rate at 1 Gbit/s",
      0.9,
      (ours(cases.gigabitWire) * megabyte) / gigabitBytesPerSecond,
    ),
    atLeast(
      "image data at 1 Gbit/s, as a multiple of a raw download",
      2.3,
      ours(cases.gigabit) / median(cases.gigabit, subjects.raw),
    ),
    atLeast("image data unlimited, in MB/s", 600, ours(cases.unlimited)),
    atMost("bytes that the origin sends for each unique one", 1.2, ours(cases.originBytes)),
  ];
}
