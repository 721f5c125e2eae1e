/** Runs the machine's own tools. Every failure is a DvceError that shows what the tool said. */
import { spawn, type SpawnOptions } from "node:child_process";
import { DvceError } from "@dvce/api";

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Kills the tool after this time. Default 60 s. */
  readonly timeoutMs?: number;
}

/** PATH with the system folders that a user's shell may lack. */
export function toolEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin:/usr/bin:/bin`,
    LC_ALL: "C",
    ...extra,
  };
}

/** Runs `argv` and returns its exit code and output, whatever the code. Throws DVCE_TOOL_FAILED if it cannot start. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const [command, ...args] = argv;
  if (command === undefined) throw new Error("run: empty command");
  const timeoutMs = options.timeoutMs ?? 60_000;
  const settings: SpawnOptions = {
    env: toolEnvironment(options.environment),
    stdio: ["pipe", "pipe", "pipe"],
    timeout: timeoutMs,
    killSignal: "SIGKILL",
  };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, settings);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout?.on("data", (part: Buffer) => out.push(part));
    child.stderr?.on("data", (part: Buffer) => err.push(part));
    child.on("error", (cause) => {
      reject(
        new DvceError("DVCE_TOOL_FAILED", `Cannot run ${command}: ${cause.message}. Is it installed?`, {
          cause,
        }),
      );
    });
    child.on("close", (code, signal) => {
      const stderr = Buffer.concat(err).toString("utf8");
      resolve({
        code: code ?? 128,
        stdout: Buffer.concat(out).toString("utf8"),
        stderr: signal === null ? stderr : `${stderr}\n(ended by ${signal}; the limit was ${timeoutMs} ms)`,
      });
    });
    child.stdin?.on("error", () => undefined); // the tool ended without reading its input; its code tells
    child.stdin?.end(options.input ?? "");
  });
}

/** Runs `argv` and returns its standard output. Throws DVCE_TOOL_FAILED on a non-zero code. */
export async function runChecked(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(argv, options);
  if (result.code !== 0) {
    const said = (result.stderr.trim() || result.stdout.trim() || "it said nothing").slice(-2000);
    throw new DvceError("DVCE_TOOL_FAILED", `\`${argv.join(" ")}\` failed with code ${result.code}: ${said}`);
  }
  return result.stdout;
}
