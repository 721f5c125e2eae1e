import path from "node:path";
import { build } from "esbuild";
import { repositoryDirectory } from "../setup/paths";
import { writeIfChanged } from "./files";
import { workerPlugin } from "./worker-plugin";

export const pinnedNodePath = path.join(repositoryDirectory, "node_modules/node/bin/node");

/** Beside the executable, in the same folder, so that a copy of the folder works wherever it lies. */
const bundleName = "provider.cjs";

/**
 * An executable: a shell script that becomes Node on the bundle beside it. `exec` keeps the process that Terraform
 * started, so signals and the parent's end reach the provider. The Node is the one this repository pins, because
 * users and Terraform start programs with a PATH of their own; where it is gone, `node` on PATH is tried.
 */
export function launcher(nodePath: string, bundle: string): string {
  const quoted = `'${nodePath.replaceAll("'", `'\\''`)}'`;
  return [
    "#!/bin/sh",
    `node=${quoted}`,
    '[ -x "$node" ] || node=node',
    `exec "$node" "$(dirname "$0")/${bundle}" "$@"`,
    "",
  ].join("\n");
}

export interface ProviderBundle {
  readonly code: string;
  /** Folders of the npm packages that it contains, relative to the repository. */
  readonly packages: readonly string[];
}

/** Bundles the Terraform provider, or another entry of one, into one script. Same source, same script. */
export async function buildProvider(entry = "provider/src/main.ts"): Promise<ProviderBundle> {
  const result = await build({
    entryPoints: [path.join(repositoryDirectory, entry)],
    absWorkingDir: repositoryDirectory,
    bundle: true,
    write: false,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "silent",
    plugins: [workerPlugin],
  });
  const packages = Object.keys(result.metafile.inputs).flatMap(
    (input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? [],
  );
  return { code: result.outputFiles[0]?.text ?? "", packages: [...new Set(packages)].sort() };
}

/** Writes such a bundle with a launcher to each of `executables`. */
export async function bundleProvider(executables: readonly string[], entry?: string): Promise<void> {
  const { code } = await buildProvider(entry);
  for (const executable of executables) {
    await writeIfChanged(path.join(path.dirname(executable), bundleName), code);
    await writeIfChanged(executable, launcher(pinnedNodePath, bundleName), 0o755);
  }
}
