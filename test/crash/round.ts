import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { openPackStore } from "../../service/src/store";
import { crashChunk } from "./chunks";

export interface Round {
  /** The bundled writer.ts. */
  readonly program: string;
  readonly directory: string;
  readonly seed: number;
  readonly firstChunk: number;
  readonly variant: string;
  /** Time between the first acknowledgement and the crash. */
  readonly runMs: number;
  /**
   * Kills the process or cuts the power. Answers from when on, by `process.hrtime`, nothing can have been acknowledged any
   * more; undefined when the end of the process says that.
   */
  readonly crash: (writer: ChildProcess) => Promise<bigint | undefined>;
}

/**
 * Runs writers until the crash. Returns the numbers that were acknowledged before it. A line of a writer is numbers, and after
 * an `@` when they were acknowledged, if that matters.
 */
export async function runUntilCrash(round: Round): Promise<number[]> {
  const writer = spawn(
    process.execPath,
    [
      "--no-warnings",
      round.program,
      round.directory,
      String(round.seed),
      String(round.firstChunk),
      round.variant,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const told: { readonly numbers: readonly number[]; readonly at: bigint }[] = [];
  let errors = "";
  writer.stderr.on("data", (data: Buffer) => (errors += data.toString()));
  const exited = new Promise<void>((resolve) => writer.once("exit", () => resolve()));
  const lines = createInterface({ input: writer.stdout });
  const closed = new Promise<void>((resolve) => lines.once("close", resolve));
  const started = new Promise<void>((resolve) => lines.once("line", () => resolve()));
  lines.on("line", (line) => {
    const [numbers = "", at = "0"] = line.split("@");
    told.push({ numbers: numbers.split(" ").map(Number), at: BigInt(at) });
  });
  await Promise.race([
    started,
    exited.then(() => {
      throw new Error(`the writer ended before it acknowledged anything: ${errors}`);
    }),
  ]);
  await sleep(round.runMs);
  const until = await round.crash(writer);
  writer.kill("SIGKILL");
  await exited;
  await closed;
  return told.filter(({ at }) => until === undefined || at < until).flatMap(({ numbers }) => numbers);
}

export interface Verdict {
  readonly lost: number[];
  readonly wrong: number[];
  readonly openMs: number;
  readonly chunkCount: number;
}

/** Opens the store as a restart does, and looks for every acknowledged chunk. */
export async function inspect(
  directory: string,
  seed: number,
  acknowledged: Iterable<number>,
): Promise<Verdict> {
  const startMs = performance.now();
  const store = await openPackStore(directory);
  const openMs = performance.now() - startMs;
  const lost: number[] = [];
  const wrong: number[] = [];
  for (const number of acknowledged) {
    const expected = crashChunk(seed, number);
    const found = await store.get(expected.digest);
    if (found === undefined) lost.push(number);
    else if (!found.payload.equals(expected.payload) || found.sizeBytes !== expected.sizeBytes)
      wrong.push(number);
  }
  const { chunkCount } = store;
  await store.close();
  return { lost, wrong, openMs, chunkCount };
}
