import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** A program of this folder as one file that node runs as it is, which starts in a fraction of the time. */
export async function bundleProgram(name: string): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "dvce-program-"));
  const path = join(directory, `${name}.cjs`);
  await build({
    entryPoints: [join(__dirname, `${name}.ts`)],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "error",
  });
  return { path, remove: () => rm(directory, { recursive: true, force: true }) };
}
