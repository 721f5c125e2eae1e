/**
 * The pool's processes: started in the background, recorded with their start time, found again, ended.
 *
 * A pid alone may meanwhile name another process, so a record holds the start time too (field 22 of
 * /proc/PID/stat, in clock ticks since boot) and only a process that matches both is ever signalled. A crash
 * between a start and its record is covered by the mark in the process's environment (names.ts).
 */
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { markVariable } from "./names";
import { hasErrno } from "./errno";
import { toolEnvironment } from "./run";

export interface ProcessRecord {
  readonly pid: number;
  /** Clock ticks after boot. */
  readonly startTicks: number;
}

/** Start time of a living process, or undefined when there is none (a zombie is none). */
export function startTicksOf(pid: number): number | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined; // it has ended
  }
  // The second field is the command in parentheses and may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const state = fields[0];
  if (state === "Z" || state === "X") return undefined;
  return Number(fields[19]);
}

/** The process that `pid` names now, as a record. */
export function recordOf(pid: number): ProcessRecord | undefined {
  const startTicks = startTicksOf(pid);
  return startTicks === undefined ? undefined : { pid, startTicks };
}

export const isAlive = (record: ProcessRecord): boolean => startTicksOf(record.pid) === record.startTicks;

/** Command line of a process, arguments joined by blanks; empty when it has ended. */
export function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

/** Living processes that carry the pool's mark. */
export function markedProcesses(poolDirectory: string): ProcessRecord[] {
  const mark = `${markVariable}=${poolDirectory}`;
  const found: ProcessRecord[] = [];
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
    let environment: string;
    try {
      environment = readFileSync(`/proc/${entry}/environ`, "utf8");
    } catch {
      continue; // ended meanwhile, or a kernel thread
    }
    if (!environment.split("\0").includes(mark)) continue;
    const record = recordOf(Number(entry));
    if (record) found.push(record);
  }
  return found;
}

/** Sends `signal` to a process if it still is the recorded one. */
export function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  if (!isAlive(record)) return;
  try {
    process.kill(record.pid, name);
  } catch (error) {
    if (!hasErrno(error, "ESRCH")) throw error;
  }
}

/** Waits until all have ended; answers those that have not within `timeoutMs`. */
export async function waitEnded(
  records: readonly ProcessRecord[],
  timeoutMs: number,
): Promise<ProcessRecord[]> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const living = records.filter(isAlive);
    if (living.length === 0 || Date.now() >= deadline) return living;
    await delay(50);
  }
}

/** Ends processes: SIGTERM, and SIGKILL for those that have not ended after `graceMs`. Answers survivors. */
export async function end(records: readonly ProcessRecord[], graceMs: number): Promise<ProcessRecord[]> {
  for (const record of records) signal(record, "SIGTERM");
  const stubborn = graceMs > 0 ? await waitEnded(records, graceMs) : records.filter(isAlive);
  for (const record of stubborn) signal(record, "SIGKILL");
  return waitEnded(stubborn, 10_000);
}

export interface StartOptions {
  readonly poolDirectory: string;
  /** Its output is appended here. */
  readonly log: string;
  /** Folder of the pid records. */
  readonly pids: string;
  /** Name of its pid record. */
  readonly name: string;
}

/** Starts `argv` in the background, apart from this process, and records it. */
export async function startProcess(argv: readonly string[], options: StartOptions): Promise<ProcessRecord> {
  const [command, ...args] = argv;
  if (command === undefined) throw new Error("startProcess: empty command");
  const log = openSync(options.log, "a");
  try {
    const child = spawn(command, args, {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      env: toolEnvironment({ [markVariable]: options.poolDirectory }),
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => resolve(child.pid ?? 0));
    });
    child.unref();
    // A process that ended at once leaves no start time; the record of nobody (ticks 0) says just that.
    const record: ProcessRecord = { pid, startTicks: startTicksOf(pid) ?? 0 };
    await writeFile(pidFile(options.pids, options.name), JSON.stringify(record));
    return record;
  } finally {
    closeSync(log);
  }
}

const pidFile = (pids: string, name: string): string => join(pids, `${name}.json`);

/** The recorded process `name` if it is alive. */
export async function livingProcess(pids: string, name: string): Promise<ProcessRecord | undefined> {
  let text: string;
  try {
    text = await readFile(pidFile(pids, name), "utf8");
  } catch {
    return undefined; // never started
  }
  const record = parseRecord(text);
  return record && isAlive(record) ? record : undefined;
}

/** Every recorded process of a pool that is alive. */
export async function recordedProcesses(pids: string): Promise<ProcessRecord[]> {
  let names: string[];
  try {
    names = readdirSync(pids);
  } catch {
    return []; // no pool, or one that never came so far
  }
  const living = await Promise.all(names.map((name) => livingProcess(pids, name.replace(/\.json$/, ""))));
  return living.filter((record) => record !== undefined);
}

export async function forgetProcess(pids: string, name: string): Promise<void> {
  await rm(pidFile(pids, name), { force: true });
}

/** A torn record (crash while writing) counts as none: the mark finds the process. */
function parseRecord(text: string): ProcessRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("pid" in value) || !("startTicks" in value))
      return undefined;
    const { pid, startTicks } = value;
    return typeof pid === "number" && typeof startTicks === "number" ? { pid, startTicks } : undefined;
  } catch {
    return undefined;
  }
}
