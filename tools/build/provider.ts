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

/** Bundles the Terraform provider and writes it with a launcher to each of `executables`. */
export async function bundleProvider(executables: readonly string[]): Promise<void> {
  const result = await build({
    entryPoints: [path.join(repositoryDirectory, "provider/src/main.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "silent",
    plugins: [workerPlugin],
  });
  const bundle = result.outputFiles[0]?.text ?? "";
  for (const executable of executables) {
    await writeIfChanged(path.join(path.dirname(executable), bundleName), bundle);
    await writeIfChanged(executable, launcher(pinnedNodePath, bundleName), 0o755);
  }
}
