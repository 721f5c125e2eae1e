/** The real casync (Debian's) and desync (built from the Go module proxy by set-up). */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ensureAll } from "../../tools/setup";

const run = promisify(execFile);
/** Of one command; far above what any here takes. */
const timeoutMs = 120_000;

/** What a command says; rejects when it fails, with what it said. */
export async function command(file: string, ...parameters: readonly string[]): Promise<string> {
  const { stdout } = await run(file, [...parameters], { timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

export const casync = (...parameters: readonly string[]) => command("casync", ...parameters);

let desyncPath: Promise<string> | undefined;

export async function desync(...parameters: readonly string[]): Promise<string> {
  desyncPath ??= ensureAll({ image: false, opentofu: false, desync: true }).then((paths) => {
    if (paths.desyncPath === undefined) throw new Error("set-up answers no desync");
    return paths.desyncPath;
  });
  return command(await desyncPath, "--digest", "sha256", ...parameters);
}
