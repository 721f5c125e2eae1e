/**
 * `ingest`: how long it takes to bring an image into a store. Ours is durable when it ends (every chunk survives a power cut);
 * desync and casync write files and do not sync them.
 *
 * Each side is a process of its own, timed from start to end, with a new store on the same file system. "1 worker" and
 * "2 workers" are threads of ours and desync's `-n`; casync has one thread, so its time stands in both. The floor is the
 * time that our workers take to hash the same chunks and to compress the unique ones when these lie in memory already: no
 * reading, no writing, no start of a process.
 *
 * Warm: the image was just read. Cold: the page cache was dropped (needs root). The other tools run with a warm cache only,
 * where they are faster, and that time stands in both: all of it takes half an hour as it is.
 */
import { createReadStream } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { execute } from "../../tools/setup/execute";
import { desync } from "../../tools/setup/versions";
import type {
  Benchmark,
  BenchmarkContext,
  Measurement,
  PreparedBenchmark,
  Subject,
} from "../harness/benchmark";
import { versionOf } from "../harness/machine";
import { atLeast, atMost, medianOf, type Goal, type Row } from "../harness/result";
import { timeCommand, type TimedCommand } from "../harness/timed-command";
import { bundleProgram, makeWorkFolder } from "../harness/work-folder";
import { ensureIngestImages, type IngestImage } from "./images";

const caches = ["warm", "cold"] as const;
const workerCounts = [1, 2] as const;
type Cache = (typeof caches)[number];

/** One thing to do: everything but the tool. */
interface Task {
  readonly image: IngestImage;
  readonly cache: Cache;
  readonly workers: number;
}

/** A tool: the command that ingests `task`'s image into the empty folder `store`. */
interface Tool {
  readonly name: string;
  command(task: Task, store: string): readonly [string, ...string[]];
  /** What it takes, by its report where it prints one. */
  seconds?(run: TimedCommand): number;
  /** Whether other workers or another cache change nothing, so that one run is enough for all. */
  readonly ignores: readonly ("workers" | "cache")[];
  /** The images that a goal compares it on; on the others one run tells enough. Default all. */
  readonly compared?: readonly IngestImage["name"][];
}

const timeCase = ({ image, cache, workers }: Task): string =>
  `${image.name}, ${cache} cache, ${workers} worker${workers === 1 ? "" : "s"}`;
const memoryCase = ({ image }: Task): string => `${image.name}, peak memory`;

const reportSchema = z.object({ workSeconds: z.number() });

async function prepare(context: BenchmarkContext): Promise<PreparedBenchmark> {
  const { setup, signal, say } = context;
  const { imagePath, desyncPath, cacheDirectory } = setup;
  if (imagePath === undefined || desyncPath === undefined)
    throw new Error("set-up made no image or no desync");
  const images = await ensureIngestImages({ basePath: imagePath, cacheDirectory, say, signal });
  const directory = await makeWorkFolder(cacheDirectory, "ingest");
  const child = join(directory, "child.cjs");
  await bundleProgram("bench/ingest/child.ts", child);
  const ours = (mode: "store" | "floor") => (task: Task, store: string) =>
    [process.execPath, child, mode, task.image.path, String(task.workers), store] as const;
  const tools: readonly Tool[] = [
    { name: "dvce", command: ours("store"), ignores: [] },
    {
      name: "desync",
      command: ({ image, workers }, store) => {
        const options = ["--digest", "sha256", "-n", String(workers), "-s", store];
        return [desyncPath, "make", ...options, join(store, "index.caibx"), image.path];
      },
      ignores: ["cache"],
    },
    {
      name: "casync",
      command: ({ image }, store) => {
        const options = ["--digest=sha256", "--compression=zstd", `--store=${join(store, "store.castr")}`];
        return ["casync", "make", ...options, join(store, "index.caibx"), image.path];
      },
      ignores: ["workers", "cache"],
      compared: ["dense"],
    },
    {
      name: "floor: hash, compress",
      command: ours("floor"),
      seconds: ({ stdout }) => reportSchema.parse(JSON.parse(stdout)).workSeconds,
      ignores: ["cache"],
    },
  ];
  const all = images.flatMap((image) =>
    caches.flatMap((cache) => workerCounts.map((workers): Task => ({ image, cache, workers }))),
  );
  const tasks = context.quick ? all.filter(isForQuick) : all;
  const casesOf = (task: Task): string[] => [timeCase(task), memoryCase(task)];
  const subject = (tool: Tool, own: readonly Task[], runs: { readonly runs?: number }): Subject => ({
    name: tool.name,
    ...runs,
    skips: tasks.filter((task) => !own.includes(task)).flatMap(casesOf),
    run: () => runAll(tool, own, join(directory, "store"), signal),
  });
  const subjects = tools.flatMap((tool) => {
    const isCompared = ({ image }: Task) => tool.compared?.includes(image.name) !== false;
    const others = tasks.filter((task) => !isCompared(task));
    return [
      subject(tool, tasks.filter(isCompared), {}),
      ...(others.length > 0 ? [subject(tool, others, { runs: 1 })] : []),
    ];
  });
  return {
    subjects,
    units: Object.fromEntries(
      tasks.flatMap((task) => [
        [timeCase(task), "s"],
        [memoryCase(task), "MiB"],
      ]),
    ),
    versions: {
      desync: desync.version,
      casync: await versionOf("casync", ["--version"]),
    },
    goals: (rows) => goals(rows, tasks),
    close: () => rm(directory, { recursive: true, force: true }),
  };
}

/** One of each image and of each state of the cache. */
const isForQuick = ({ image, cache, workers }: Task): boolean =>
  workers === 2 && (image.name === "dense") === (cache === "cold");

async function runAll(
  tool: Tool,
  tasks: readonly Task[],
  store: string,
  signal: AbortSignal,
): Promise<Measurement> {
  const values: Record<string, number> = {};
  const known = new Map<string, number>();
  for (const task of tasks) {
    const key = [
      task.image.name,
      tool.ignores.includes("cache") ? "" : task.cache,
      tool.ignores.includes("workers") ? "" : task.workers,
    ].join(" ");
    let seconds = known.get(key);
    if (seconds === undefined) {
      const run = await runOnce(tool, task, store, signal);
      seconds = tool.seconds?.(run) ?? run.seconds;
      known.set(key, seconds);
      const mebibytes = run.peakBytes / 1024 ** 2;
      values[memoryCase(task)] = Math.max(values[memoryCase(task)] ?? 0, mebibytes);
    }
    values[timeCase(task)] = seconds;
  }
  return values;
}

async function runOnce(tool: Tool, task: Task, store: string, signal: AbortSignal): Promise<TimedCommand> {
  await rm(store, { recursive: true, force: true });
  await mkdir(store);
  try {
    // What earlier runs wrote must not be written back during this one.
    await execute("sync", []);
    if (task.cache === "cold") await writeFile("/proc/sys/vm/drop_caches", "3");
    else await readThrough(task.image.path, signal);
    const [command, ...parameters] = tool.command(task, store);
    return await timeCommand(command, parameters, signal);
  } finally {
    await rm(store, { recursive: true, force: true });
  }
}

async function readThrough(path: string, signal: AbortSignal): Promise<void> {
  const stream = createReadStream(path, { highWaterMark: 4 * 1024 * 1024, signal });
  for await (const piece of stream) void piece;
}

function goals(rows: readonly Row[], tasks: readonly Task[]): Goal[] {
  const median = (subject: string, task: Task) => medianOf(rows, subject, timeCase(task));
  const ratios = (image: string, over: string, under: string) =>
    tasks.filter((task) => task.image.name === image).map((task) => median(over, task) / median(under, task));
  const floor = "floor: hash, compress";
  const peak = rows.filter((row) => row.subject === "dvce" && row.unit === "MiB").map((row) => row.median);
  const worst = "in the worst case of workers and cache";
  const faster = (image: string, peer: string, target: number): Goal => ({
    ...atLeast(
      `${image}: ${peer}'s time over ours, ${worst}`,
      target,
      Math.min(...ratios(image, peer, "dvce")),
    ),
    floor: { value: Math.min(...ratios(image, peer, floor)), by: "hashing and compressing alone" },
  });
  return [
    faster("dense", "desync", 4),
    faster("dense", "casync", 8),
    faster("sparse", "desync", 15),
    atMost(
      `dense: our time over hashing and compressing alone, ${worst}`,
      1.3,
      Math.max(...ratios("dense", "dvce", floor)),
    ),
    atMost(
      `sparse: our time over hashing and compressing alone, ${worst}`,
      1.3,
      Math.max(...ratios("sparse", "dvce", floor)),
    ),
    atMost("peak memory in MiB", 256, Math.max(...peak)),
  ];
}

export const ingest: Benchmark = { name: "ingest", runs: 5, warmUp: false, prepare };
