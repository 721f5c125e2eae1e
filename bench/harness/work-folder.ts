import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { shippedBundle } from "../../tools/build/service";
import { repositoryDirectory } from "../../tools/setup/paths";

/** Makes a new folder for what a benchmark measures with, on the file system of the cache. Its caller removes it. */
export async function makeWorkFolder(cacheDirectory: string, benchmark: string): Promise<string> {
  await mkdir(join(cacheDirectory, "bench"), { recursive: true });
  return mkdtemp(join(cacheDirectory, "bench", `${benchmark}-`));
}

/** Bundles a program of the benchmark as the product is bundled, so that its start and its threads cost the same. */
export async function bundleProgram(source: string, outfile: string): Promise<void> {
  await build({ ...shippedBundle, entryPoints: [join(repositoryDirectory, source)], outfile });
}
