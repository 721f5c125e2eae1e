/** Says what a benchmark ran on. */
import { execFile } from "node:child_process";
import { cpus, release, totalmem } from "node:os";
import { promisify } from "node:util";
import { repositoryDirectory } from "../../tools/setup/paths";

const exec = promisify(execFile);

/** E.g. "2 × AMD EPYC 7B13, 24 GB, Linux 6.1.0". */
export function machineDescription(): string {
  const processors = cpus();
  const gigabytes = Math.round(totalmem() / 1024 ** 3);
  return `${processors.length} × ${processors[0]?.model.trim() ?? "unknown"}, ${gigabytes} GiB, Linux ${release()}`;
}

/** The commit that is measured, with "-dirty" when files differ from it; "unknown" outside a repository. */
export async function commitMeasured(): Promise<string> {
  try {
    const { stdout } = await exec("git", ["describe", "--always", "--abbrev=12", "--dirty", "--exclude=*"], {
      cwd: repositoryDirectory,
    });
    return stdout.trim();
  } catch {
    return "unknown";
  }
}

/** First version-like word of what a command prints. */
export async function versionOf(command: string, args: readonly string[]): Promise<string> {
  const { stdout } = await exec(command, [...args]);
  return /\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0] ?? stdout.trim();
}
