/**
 * `restore`: how long it takes to get an image back as a raw file: out of our store, out of desync's and casync's, and from
 * a compressed qcow2, the form in which images are handed round.
 *
 * Each side is a process of its own, timed from start to end, the image's bytes in the file and synced: ours does that
 * itself, after the others `sync` does it. Stores and the qcow2 were just written or read, so they are in the page cache.
 * All write to the same file system, and check every chunk's digest; qemu-img has none to check. "1 worker" and "2
 * workers" are threads of ours, desync's `-n` and qemu-img's `-m`; casync has one thread.
 */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
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
import { atLeast, medianOf, type Goal, type Row } from "../harness/result";
import { timeCommand } from "../harness/timed-command";
import { bundleProgram, makeWorkFolder } from "../harness/work-folder";
import { ensureIngestImages, type IngestImage } from "../ingest/images";

const workerCounts = [1, 2] as const;

interface Task {
  readonly image: IngestImage;
  readonly workers: number;
}

/** A tool with a store of each image. */
interface Tool {
  readonly name: string;
  /** Makes what `command` reads, in the folder `store`. */
  fill(image: IngestImage, store: string): Promise<void>;
  /** The command that writes the file `target`. */
  command(task: Task, store: string, target: string): readonly [string, ...string[]];
  /** Whether it leaves the file's bytes in the page cache, so that they are synced within the time. */
  readonly syncsItself: boolean;
  readonly ignoresWorkers: boolean;
  /** Whether a goal compares it with ours; of the others one run tells enough. */
  readonly isCompared: boolean;
}

const timeCase = ({ image, workers }: Task): string =>
  `${image.name}, ${workers} worker${workers === 1 ? "" : "s"}`;
const memoryCase = ({ image }: Task): string => `${image.name}, peak memory`;

function toolsOf(child: string, desyncPath: string, signal: AbortSignal): readonly Tool[] {
  const run = async (command: string, ...parameters: string[]): Promise<void> => {
    await execute(command, parameters, { signal });
  };
  return [
    {
      name: "dvce",
      fill: ({ path }, store) =>
        run(process.execPath, child, "ingest", join(store, "packs"), join(store, "index"), path, "2"),
      command: ({ workers }, store, target) => {
        const parameters = [join(store, "packs"), join(store, "index"), target, String(workers)];
        return [process.execPath, child, "restore", ...parameters];
      },
      syncsItself: true,
      ignoresWorkers: false,
      isCompared: true,
    },
    {
      name: "desync",
      fill: ({ path }, store) =>
        run(desyncPath, "--digest", "sha256", "make", "-s", store, join(store, "index.caibx"), path),
      command: ({ workers }, store, target) => {
        const options = ["--digest", "sha256", "extract", "-n", String(workers), "-s", store];
        return [desyncPath, ...options, join(store, "index.caibx"), target];
      },
      syncsItself: false,
      ignoresWorkers: false,
      isCompared: true,
    },
    {
      name: "casync",
      fill: ({ path }, store) => {
        const options = ["--digest=sha256", "--compression=zstd", `--store=${join(store, "store.castr")}`];
        return run("casync", "make", ...options, join(store, "index.caibx"), path);
      },
      command: (_, store, target) => {
        const options = [`--store=${join(store, "store.castr")}`, "--seed-output=no"];
        return ["casync", "extract", ...options, join(store, "index.caibx"), target];
      },
      syncsItself: false,
      ignoresWorkers: true,
      isCompared: false,
    },
    {
      name: "qemu-img convert",
      fill: ({ path }, store) =>
        run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-c", path, join(store, "image.qcow2")),
      command: ({ workers }, store, target) => {
        const options = ["-f", "qcow2", "-O", "raw", "-m", String(workers), "-W"];
        return ["qemu-img", "convert", ...options, join(store, "image.qcow2"), target];
      },
      syncsItself: false,
      ignoresWorkers: false,
      isCompared: false,
    },
  ];
}

async function prepare(context: BenchmarkContext): Promise<PreparedBenchmark> {
  const { setup, signal, say } = context;
  const { imagePath, desyncPath, cacheDirectory } = setup;
  if (imagePath === undefined || desyncPath === undefined)
    throw new Error("set-up made no image or no desync");
  const made = await ensureIngestImages({ basePath: imagePath, cacheDirectory, say, signal });
  const images = context.quick ? made.filter(({ name }) => name === "sparse") : made;
  const directory = await makeWorkFolder(cacheDirectory, "restore");
  try {
    const child = join(directory, "child.cjs");
    await bundleProgram("bench/restore/child.ts", child);
    const tools = toolsOf(child, desyncPath, signal);
    for (const tool of tools) {
      for (const image of images) {
        const store = storeOf(directory, tool, image);
        say(`${tool.name}: making its store of the ${image.name} image`);
        await mkdir(store, { recursive: true });
        await tool.fill(image, store);
        await checkOnce(tool, { image, workers: 2 }, store, directory, signal);
      }
    }
    const counts = context.quick ? workerCounts.slice(-1) : workerCounts;
    const tasks = images.flatMap((image) => counts.map((workers): Task => ({ image, workers })));
    const subject = (tool: Tool): Subject => ({
      name: tool.name,
      ...(tool.isCompared ? {} : { runs: 1 }),
      run: () => runAll(tool, tasks, directory, signal),
    });
    return {
      subjects: tools.map(subject),
      units: Object.fromEntries(
        tasks.flatMap((task) => [
          [timeCase(task), "s"],
          [memoryCase(task), "MiB"],
        ]),
      ),
      versions: {
        desync: desync.version,
        casync: await versionOf("casync", ["--version"]),
        qemu: await versionOf("qemu-img", ["--version"]),
      },
      goals: (rows) => goals(rows, tasks),
      close: () => rm(directory, { recursive: true, force: true }),
    };
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

const storeOf = (directory: string, tool: Tool, image: IngestImage): string =>
  join(directory, `${tool.name.replaceAll(" ", "-")}-${image.name}`);

/** Whoever is measured gives back the image. */
async function checkOnce(
  tool: Tool,
  task: Task,
  store: string,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const target = join(directory, "checked.raw");
  const [command, ...parameters] = tool.command(task, store, target);
  await execute(command, parameters, { signal });
  await execute("qemu-img", ["compare", "-f", "raw", "-F", "raw", task.image.path, target], { signal });
  await rm(target);
}

async function runAll(
  tool: Tool,
  tasks: readonly Task[],
  directory: string,
  signal: AbortSignal,
): Promise<Measurement> {
  const values: Record<string, number> = {};
  const target = join(directory, "restored.raw");
  for (const task of tasks) {
    const store = storeOf(directory, tool, task.image);
    const sameAs = tasks.find(({ image }) => image === task.image);
    if (tool.ignoresWorkers && sameAs !== undefined && sameAs !== task) {
      values[timeCase(task)] = values[timeCase(sameAs)] ?? Number.NaN;
      continue;
    }
    // What earlier runs wrote must not be written back during this one.
    await execute("sync", []);
    const [command, ...parameters] = tool.command(task, store, target);
    const run = await timeCommand(command, parameters, signal);
    const synced = tool.syncsItself ? 0 : (await timeCommand("sync", [target], signal)).seconds;
    await rm(target);
    values[timeCase(task)] = run.seconds + synced;
    const mebibytes = run.peakBytes / 1024 ** 2;
    values[memoryCase(task)] = Math.max(values[memoryCase(task)] ?? 0, mebibytes);
  }
  return values;
}

function goals(rows: readonly Row[], tasks: readonly Task[]): Goal[] {
  const median = (subject: string, task: Task) => medianOf(rows, subject, timeCase(task));
  const names = [...new Set(tasks.map(({ image }) => image.name))];
  return names.map((name) => {
    const ratios = tasks
      .filter(({ image }) => image.name === name)
      .map((task) => median("desync", task) / median("dvce", task));
    return atLeast(
      `${name}: desync's time over ours, in the worst case of workers`,
      1.5,
      Math.min(...ratios),
    );
  });
}

export const restore: Benchmark = { name: "restore", runs: 5, warmUp: false, prepare };
