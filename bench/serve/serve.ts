/**
 * `serve`: how fast a node gives an image to QEMU, against `qemu-nbd` and `nbdkit file` on the raw image. Page cache
 * warm; every server in a process of its own, on the same file system, one after the other.
 *
 * Ours stands twice: with its base file whole, and with no base file, so that every chunk is decoded from the store
 * in the course of the run. Sequential: `nbdcopy` to nowhere, and `qemu-img convert` to QEMU's null device; both skip
 * holes. Random: 4 KiB at places where the image has data, drawn from a fixed seed, with a client of our own that is
 * the same for all (bench/serve/client.ts).
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rm, stat, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { z } from "zod";
import type {
  Benchmark,
  BenchmarkContext,
  Measurement,
  PreparedBenchmark,
  Subject,
} from "../harness/benchmark";
import { versionOf } from "../harness/machine";
import { Random } from "../../test/support/random";
import { atLeast, atMost, median as medianOfValues, medianOf, type Goal, type Row } from "../harness/result";
import { bundleProgram, makeWorkFolder } from "../harness/work-folder";

const run = promisify(execFile);
const mebibyte = 1024 * 1024;

const whole = "dvce, base file whole";
const encoded = "dvce, every chunk encoded";
const readyMsMax = 10_000;

const copyCase = "nbdcopy";
const convertCase = "qemu-img convert";
const depths = [1, 16] as const;
const latencyCase = (percentile: 50 | 99, depth: number) => `4 KiB random, p${percentile}, depth ${depth}`;
const rateCase = (depth: number) => `4 KiB random, depth ${depth}`;

const describedSchema = z.object({
  version: z.string(),
  sizeBytes: z.number(),
  data: z.array(z.tuple([z.number(), z.number()])),
});
const floorSchema = z.object({ seconds: z.number(), extentUs: z.array(z.number()) });
const clientSchema = z.object({ seconds: z.number(), p50Us: z.number(), p99Us: z.number() });

/** A server under measurement. */
interface Server {
  readonly socketPath: string;
  readonly exportName: string;
  /** Ours, with its base file whole. */
  readonly isWhole?: boolean;
  /** Brings it into the state that each case begins with. */
  reset(): Promise<void>;
}

async function prepare(context: BenchmarkContext): Promise<PreparedBenchmark> {
  const { setup, signal, say, quick } = context;
  const { imagePath, cacheDirectory } = setup;
  if (imagePath === undefined) throw new Error("set-up made no image");
  const directory = await makeWorkFolder(cacheDirectory, "serve");
  const children: ChildProcess[] = [];
  const close = async () => {
    for (const child of children) child.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const raw = join(directory, "image.raw");
    await run("qemu-img", ["convert", "-O", "raw", imagePath, raw], { signal });
    for (const name of ["server", "client"])
      await bundleProgram(`bench/serve/${name}.ts`, join(directory, `${name}.cjs`));
    say("putting the image into a store");
    const ours = await startOurs(directory, raw, children);
    const dataBytes = ours.described.data.reduce((sum, [, length]) => sum + length, 0);
    const offsetsPath = join(directory, "offsets.json");
    const blocks = randomBlocks(ours.described.data, quick ? 2_000 : 20_000);
    await writeFile(offsetsPath, JSON.stringify(blocks.map(({ offsetBytes }) => offsetBytes)));
    const floor = floorOf(await ours.floor(), blocks, dataBytes);

    const peer = async (name: string, argv: readonly [string, ...string[]], exportName: string) => {
      const socketPath = join(directory, `${name}.sock`);
      const [program, ...args] = argv.map((part) => part.replace("SOCKET", socketPath));
      const child = spawn(program ?? "", args, { stdio: "ignore" });
      children.push(child);
      for (const endMs = Date.now() + readyMsMax; ; await delay(20)) {
        if (await stat(socketPath).catch(() => undefined)) break;
        if (Date.now() > endMs || child.exitCode !== null) throw new Error(`${name} does not start`);
      }
      return { socketPath, exportName, reset: async () => undefined };
    };
    const qemuNbd = await peer(
      "qemu-nbd",
      ["qemu-nbd", "--read-only", "--persistent", "--shared=16", "--format=raw", "--socket=SOCKET", raw],
      "",
    );
    const nbdkit = await peer(
      "nbdkit",
      ["nbdkit", "--foreground", "--readonly", "--unix=SOCKET", "file", raw],
      "",
    );

    const measureServer = async (server: Server): Promise<Measurement> => {
      const uri = `nbd+unix:///${server.exportName}?socket=${server.socketPath}`;
      const rate = async (name: string, argv: readonly [string, ...string[]]) => {
        await server.reset();
        const busyBefore = busySeconds();
        const beganMs = performance.now();
        await run(argv[0], argv.slice(1), { signal });
        const seconds = (performance.now() - beganMs) / 1000;
        if (server.isWhole) (floor.serveSeconds[name] ??= []).push(busySeconds() - busyBefore);
        return dataBytes / mebibyte / seconds;
      };
      const values: Record<string, number> = {};
      values[copyCase] = await rate(copyCase, ["nbdcopy", uri, "null:"]);
      const target = `driver=null-co,size=${ours.described.sizeBytes}`;
      values[convertCase] = await rate(convertCase, [
        "qemu-img",
        "convert",
        "-n",
        "-f",
        "raw",
        "--target-image-opts",
        uri,
        target,
      ]);
      for (const depth of depths) {
        await server.reset();
        const { stdout } = await run(
          process.execPath,
          [join(directory, "client.cjs"), server.socketPath, server.exportName, String(depth), offsetsPath],
          { signal },
        );
        const { seconds, p50Us, p99Us } = clientSchema.parse(JSON.parse(stdout));
        values[rateCase(depth)] = blocks.length / seconds;
        values[latencyCase(50, depth)] = p50Us;
        values[latencyCase(99, depth)] = p99Us;
      }
      return values;
    };
    const subject = (name: string, server: Server): Subject => ({ name, run: () => measureServer(server) });
    const ourServer = (state: "whole" | "encoded"): Server => ({
      socketPath: join(directory, "nbd.sock"),
      exportName: ours.described.version,
      isWhole: state === "whole",
      reset: () => ours.order(state),
    });
    return {
      subjects: [
        subject(whole, ourServer("whole")),
        subject(encoded, ourServer("encoded")),
        subject("qemu-nbd", qemuNbd),
        subject("nbdkit", nbdkit),
      ],
      units: {
        [copyCase]: "MiB/s",
        [convertCase]: "MiB/s",
        ...Object.fromEntries(
          depths.flatMap((depth) => [
            [rateCase(depth), "reads/s"],
            [latencyCase(50, depth), "µs"],
            [latencyCase(99, depth), "µs"],
          ]),
        ),
      },
      versions: {
        qemu: await versionOf("qemu-nbd", ["--version"]),
        nbdkit: await versionOf("nbdkit", ["--version"]),
        nbdcopy: await versionOf("nbdcopy", ["--version"]),
      },
      goals: (rows) => goals(rows, floor),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Ours {
  readonly described: z.infer<typeof describedSchema>;
  order(state: "whole" | "encoded"): Promise<void>;
  floor(): Promise<z.infer<typeof floorSchema>>;
}

async function startOurs(directory: string, raw: string, children: ChildProcess[]): Promise<Ours> {
  const child = spawn(process.execPath, [join(directory, "server.cjs"), directory, raw], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`our server ended with ${String(code)}`);
  });
  ended.catch(() => undefined); // told to whoever waits for a line
  const line = async () => Promise.race([once(lines, "line").then(([text]) => String(text)), ended]);
  const described = describedSchema.parse(JSON.parse(await line()));
  return {
    described,
    async order(state) {
      child.stdin.write(`${state}\n`);
      await line();
    },
    async floor() {
      child.stdin.write("floor\n");
      return floorSchema.parse(JSON.parse(await line()));
    },
  };
}

interface Block {
  readonly offsetBytes: number;
  /** Number of the extent that it lies in. */
  readonly extent: number;
}

/** Blocks where there is data, every one equally likely; always the same. */
function randomBlocks(data: readonly (readonly [number, number])[], count: number): Block[] {
  const blocks = data.flatMap(([offset, length], extent) =>
    Array.from({ length: Math.floor(length / 4096) }, (_, i) => ({ offsetBytes: offset + i * 4096, extent })),
  );
  const random = new Random(3);
  return Array.from({ length: count }, () => {
    const block = blocks[random.below(blocks.length)];
    if (block === undefined) throw new Error("the image has no data");
    return block;
  });
}

/** What bounds a server that decodes, see floor.ts. */
interface ServeFloor {
  readonly dataBytes: number;
  /** Of one processor, for all chunks. */
  readonly decodeSeconds: number;
  /** Of all processors, for each run that read the whole base file, by case: by server and client. */
  readonly serveSeconds: Record<string, number[]>;
  /** Of the decoding in each random read, most of which find it done. */
  readonly p99Us: number;
}

/** What the processors of this machine have worked since its start. */
function busySeconds(): number {
  return cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1000;
}

function floorOf(
  { seconds, extentUs }: z.infer<typeof floorSchema>,
  blocks: readonly Block[],
  dataBytes: number,
): ServeFloor {
  const decoded = new Set<number>();
  const readUs = blocks.map(({ extent }) => {
    if (decoded.has(extent)) return 0;
    decoded.add(extent);
    return extentUs[extent] ?? 0;
  });
  const sorted = readUs.sort((a, b) => a - b);
  const p99Us = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  return { dataBytes, decodeSeconds: seconds, serveSeconds: {}, p99Us };
}

function goals(rows: readonly Row[], floor: ServeFloor): Goal[] {
  const median = (name: string, subject: string) => medianOf(rows, subject, name);
  const rates = [copyCase, convertCase, ...depths.map(rateCase)];
  const latencies = depths.flatMap((depth) => [latencyCase(50, depth), latencyCase(99, depth)]);
  const wholeAgainst = (peer: string, target: number) => [
    ...rates.map((name) =>
      atLeast(`whole, ${name}: rate against ${peer}`, target, median(name, whole) / median(name, peer)),
    ),
    ...latencies.map((name) =>
      atLeast(`whole, ${name}: speed against ${peer}`, target, median(name, peer) / median(name, whole)),
    ),
  ];
  const encodedRate = (name: string): Goal => {
    const peer = median(name, "qemu-nbd");
    const processorSeconds = floor.decodeSeconds + medianOfValues(floor.serveSeconds[name] ?? []);
    const rate = (floor.dataBytes / mebibyte / processorSeconds) * availableParallelism();
    return {
      ...atLeast(`encoded, ${name}: rate against qemu-nbd`, 0.5, median(name, encoded) / peer),
      floor: {
        value: rate / peer,
        by: "all processors busy, with nothing but decoding, verifying and writing chunks and serving a whole base file",
      },
    };
  };
  const encodedP99 = (depth: number): Goal => {
    const name = latencyCase(99, depth);
    const peer = median(name, "qemu-nbd");
    return {
      ...atMost(`encoded, ${name}: time against qemu-nbd`, 2, median(name, encoded) / peer),
      floor: {
        value: (floor.p99Us + median(latencyCase(50, depth), whole)) / peer,
        by: "the read's chunk decoded, verified and written alone, and the median read of a whole base file",
      },
    };
  };
  return [
    ...wholeAgainst("qemu-nbd", 1),
    ...wholeAgainst("nbdkit", 0.7),
    ...[copyCase, convertCase].map(encodedRate),
    ...depths.map(encodedP99),
  ];
}

export const serve: Benchmark = { name: "serve", runs: 5, prepare };
