/** Runs a command in the foreground of the demo, and ends it cleanly when the demo is interrupted. */
import { spawn } from "node:child_process";

/** Carried by every command that the demo starts, and by what that starts, so that survivors can be found. */
export const demoMark = "DVCE_DEMO_PROCESS_OF";

export interface ChildOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Standard output goes to the caller instead of the terminal. */
  readonly capture?: boolean;
  readonly signal?: AbortSignal;
}

export interface ChildResult {
  readonly code: number;
  /** Standard output and error, when captured. */
  readonly output: string;
}

/** Time that an interrupted command gets to end by itself, as Terraform does. */
const interruptGraceMs = 60_000;

/**
 * Runs `argv` to its end. It has a process group of its own, so that an interrupt typed at the terminal reaches
 * it once, from here: a second one would make Terraform abandon its work.
 */
export async function runChild(argv: readonly string[], options: ChildOptions): Promise<ChildResult> {
  const [command, ...args] = argv;
  if (command === undefined) throw new Error("runChild: empty command");
  options.signal?.throwIfAborted();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment, [demoMark]: String(process.pid) },
    detached: true,
    stdio: [
      "ignore",
      options.capture === true ? "pipe" : "inherit",
      options.capture === true ? "pipe" : "inherit",
    ],
  });
  const parts: Buffer[] = [];
  child.stdout?.on("data", (part: Buffer) => parts.push(part));
  child.stderr?.on("data", (part: Buffer) => parts.push(part));
  const signalGroup = (name: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, name);
    } catch {
      // the group has ended
    }
  };
  let killer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    signalGroup("SIGINT");
    killer = setTimeout(() => signalGroup("SIGKILL"), interruptGraceMs);
  };
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (exitCode) => resolve(exitCode ?? 128));
    });
    options.signal?.throwIfAborted();
    return { code, output: Buffer.concat(parts).toString("utf8") };
  } finally {
    clearTimeout(killer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}
