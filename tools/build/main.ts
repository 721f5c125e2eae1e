/** `npm run build`: bundles what ships, each into its workspace's dist/. */
import { rm } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { repositoryDirectory } from "../setup/paths";
import { bundleProvider } from "./provider";
import { bundleService, shippedBundle } from "./service";

async function main(): Promise<void> {
  const at = (...parts: string[]): string => path.join(repositoryDirectory, ...parts);
  for (const workspace of ["service", "provider", "modules"])
    await rm(at(workspace, "dist"), { recursive: true, force: true });
  await Promise.all([
    bundleService(at("service/dist/dvce")),
    bundleProvider([at("provider/dist/terraform-provider-dvce")]),
    build({
      ...shippedBundle,
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
