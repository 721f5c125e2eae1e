import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";

export interface TimedCommand {
  readonly seconds: number;
  /** Most memory that the process had resident at once. */
  readonly peakBytes: number;
  readonly stdout: string;
}

/** Runs a command and measures it from its start to its end. Throws with what it said when it fails. */
export async function timeCommand(
  command: string,
  parameters: readonly string[],
  signal: AbortSignal,
): Promise<TimedCommand> {
  const startMs = performance.now();
  const child = spawn(command, parameters, { stdio: ["ignore", "pipe", "pipe"], signal });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  let peakBytes = 0;
  // The kernel keeps the peak itself, and forgets it with the process: so the last look before its end counts.
  const look = setInterval(() => {
    readFile(`/proc/${child.pid}/status`, "latin1").then(
      (status) => {
        peakBytes = Math.max(peakBytes, Number(/VmHWM:\s*(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
      },
      () => undefined, // it has ended
    );
  }, 50);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const seconds = (performance.now() - startMs) / 1000;
    if (exitCode !== 0) {
      throw new Error(
        `${[command, ...parameters].join(" ")} ended with status ${exitCode}: ${stderr.slice(-2000)}`,
      );
    }
    return { seconds, peakBytes, stdout };
  } finally {
    clearInterval(look);
  }
}
