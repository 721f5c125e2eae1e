/** Makes everything available that the demo, the tests and the benchmarks run on; silent where all is there. */
import path from "node:path";
import { writeIfChanged } from "../build/files";
import { ensureDesync } from "./desync";
import { dvceProviderInMirror, ensureDvceProvider } from "./dvce-provider";
import { ensureImage } from "./image";
import { ensureLibvirtProvider, libvirtProviderInMirror } from "./libvirt-provider";
import { withLock } from "./lock";
import { cliConfig } from "./mirror";
import { cacheLayout, repositoryDirectory, type CacheLayout } from "./paths";
import { stderrProgress, type Progress } from "./progress";
import { ensureSystemPackages } from "./system-packages";
import { ensureOpenTofu, findTerraform } from "./terraform";
import type { SetupOptions, SetupPaths } from "./types";

export { buildVariantImage, type VariantImageOptions } from "../image/variant";
export { ensureGo } from "./go";
export { cacheLayout, repositoryDirectory, type CacheLayout } from "./paths";
export { Progress, stderrProgress } from "./progress";
export type { SetupOptions, SetupPaths } from "./types";
export {
  ensureDvceProvider,
  ensureImage,
  ensureLibvirtProvider,
  ensureOpenTofu,
  ensureSystemPackages,
  findTerraform,
};

/**
 * Makes available what `options` ask for and answers where it is. Two runs at once wait for each other. Everything
 * goes under one folder, each part in one step, so a run that was cut short is simply run again.
 * @throws CommandError or Error that names the step, what was tried and what to do.
 */
export async function ensureAll(
  options: SetupOptions,
  progress: Progress = stderrProgress(),
  layout: CacheLayout = cacheLayout(),
): Promise<SetupPaths> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      `DVCE's pool runs on Linux on x86-64; this is ${process.platform} on ${process.arch}. Use a Debian 12 or Ubuntu 24.04 machine.`,
    );
  const say = (): void => {
    process.stderr.write(`Waiting for another set-up that works in ${layout.cacheDirectory}\n`);
  };
  return await withLock(layout.lockPath, say, async () => {
    const [terraform] = await Promise.all([findTerraform(), ensureSystemPackages(layout, progress, options)]);
    const [{ opentofuPath, desyncPath }, imagePath] = await allOrFirstError(
      ensureGoBuilds(layout, progress, { ...options, opentofu: options.opentofu || terraform === undefined }),
      options.image ? ensureImage(layout, progress) : Promise.resolve(undefined),
      ensureDvceProvider(layout),
      writeIfChanged(
        layout.cliConfigPath,
        cliConfig(layout.mirrorDirectory, [libvirtProviderInMirror, dvceProviderInMirror]),
      ),
    );
    const terraformPath = terraform ?? opentofuPath;
    if (terraformPath === undefined) throw new Error("Neither Terraform nor OpenTofu is available");
    return {
      terraformPath,
      opentofuPath,
      desyncPath,
      cliConfigPath: layout.cliConfigPath,
      imagePath,
      cdktfPath: path.join(repositoryDirectory, "node_modules/.bin/cdktf"),
      cacheDirectory: layout.cacheDirectory,
    };
  });
}

/** One build at a time: each uses every core. */
async function ensureGoBuilds(layout: CacheLayout, progress: Progress, options: SetupOptions) {
  await ensureLibvirtProvider(layout, progress);
  return {
    opentofuPath: options.opentofu ? await ensureOpenTofu(layout, progress) : undefined,
    desyncPath: options.desync === true ? await ensureDesync(layout, progress) : undefined,
  };
}

/** Like Promise.all, but waits for the others before it fails, so that none works on after the lock is gone. */
async function allOrFirstError<T extends readonly unknown[]>(
  ...work: { [K in keyof T]: Promise<T[K]> }
): Promise<T> {
  await Promise.allSettled(work);
  return await Promise.all(work);
}
