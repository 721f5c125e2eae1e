/** `npm run build`: bundles what ships, each into its workspace's dist/. */
import { rm } from "node:fs/promises";
import path from "node:path";
import { build, type BuildOptions } from "esbuild";
import { repositoryDirectory } from "../setup/paths";
import { writeIfChanged } from "./files";
import { bundleProvider, launcher, pinnedNodePath } from "./provider";

const common: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  logLevel: "warning",
  legalComments: "linked",
};

async function main(): Promise<void> {
  const at = (...parts: string[]): string => path.join(repositoryDirectory, ...parts);
  for (const workspace of ["service", "provider", "modules"])
    await rm(at(workspace, "dist"), { recursive: true, force: true });
  await Promise.all([
    build({
      ...common,
      entryPoints: [at("service/src/main.ts")],
      outfile: at("service/dist/dvce.cjs"),
    }).then(() => writeIfChanged(at("service/dist/dvce"), launcher(pinnedNodePath, "dvce.cjs"), 0o755)),
    bundleProvider([at("provider/dist/terraform-provider-dvce")]),
    build({
      ...common,
      entryPoints: [at("modules/src/index.ts")],
      outfile: at("modules/dist/index.cjs"),
      external: ["cdktf", "constructs"],
    }),
  ]);
  for (const file of ["service/dist/dvce", "provider/dist/terraform-provider-dvce", "modules/dist/index.cjs"])
    console.log(file);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
