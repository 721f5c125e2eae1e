/** Runs the host's own programs (qemu-img, genisoimage, virsh) to their end. */
import { DvceError } from "@dvce/api";
import { execFile } from "node:child_process";

export interface ToolOptions {
  /** The program is killed after this time. Default 60 s. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
}

const outputBytesMax = 16 * 1024 * 1024;

/**
 * Runs a program and answers what it wrote to standard output. Throws `DVCE_TOOL_FAILED` with the end of its
 * standard error when it fails, and `DVCE_HOST_UNSUPPORTED` when it is not installed.
 */
export function runTool(
  program: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const { timeoutMs = 60_000, cwd } = options;
    const settings = {
      timeout: timeoutMs,
      killSignal: "SIGKILL" as const,
      maxBuffer: outputBytesMax,
      env: { ...process.env, LC_ALL: "C" },
      ...(cwd === undefined ? {} : { cwd }),
    };
    execFile(program, args, settings, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
        return;
      }
      if (error.code === "ENOENT") {
        reject(
          new DvceError(
            "DVCE_HOST_UNSUPPORTED",
            `The program ${program} is not installed on this node. Install it.`,
            {
              cause: error,
            },
          ),
        );
        return;
      }
      const why = error.killed === true ? `it was ended after ${timeoutMs} ms` : stderr.trim().slice(-2000);
      reject(
        new DvceError("DVCE_TOOL_FAILED", `${program} ${args[0] ?? ""} failed: ${why}`, { cause: error }),
      );
    });
  });
}
