import path from "node:path";
import { build, type BuildOptions } from "esbuild";
import { repositoryDirectory } from "../setup/paths";
import { writeIfChanged } from "./files";
import { launcher, pinnedNodePath } from "./provider";
import { workerPlugin } from "./worker-plugin";

/** What the bundles that ship to people have in common. */
export const shippedBundle: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  logLevel: "warning",
  legalComments: "linked",
  plugins: [workerPlugin],
};

/** Bundles the `dvce` command: the launcher `executable`, and `dvce.cjs` beside it, which needs nothing else. */
export async function bundleService(executable: string): Promise<void> {
  const bundle = "dvce.cjs";
  await build({
    ...shippedBundle,
    entryPoints: [path.join(repositoryDirectory, "service/src/main.ts")],
    outfile: path.join(path.dirname(executable), bundle),
  });
  await writeIfChanged(executable, launcher(pinnedNodePath, bundle), 0o755);
}
