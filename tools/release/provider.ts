/** Makes everything that a release of the Terraform provider consists of. */
import { copyFile, link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { buildProvider } from "../build/provider";
import { sha256OfFile } from "../setup/download";
import { dvceProviderInMirror } from "../setup/dvce-provider";
import { repositoryDirectory, type CacheLayout } from "../setup/paths";
import type { Progress } from "../setup/progress";
import { writeZip } from "./archive";
import { makeBlob, makeExecutable } from "./executable";
import { formatSums, registryManifest, releaseLayout, type ReleaseLayout } from "./layout";
import { licensesOf } from "./licenses";
import { ensureNodeRuntime } from "./node-runtime";
import { hostPlatform, releasePlatforms, type ReleasePlatform } from "./platforms";

export interface ReleaseOptions {
  /** Whatever lies there is replaced. */
  readonly directory: string;
  readonly layout: CacheLayout;
  readonly progress: Progress;
  /** Default: all. */
  readonly platforms?: readonly ReleasePlatform[];
}

export async function releaseProvider(options: ReleaseOptions): Promise<ReleaseLayout> {
  const { directory, layout, progress, platforms = releasePlatforms } = options;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const work = await mkdtemp(path.join(directory, ".work-"));
  const files = releaseLayout(directory, dvceProviderInMirror);
  try {
    const bundle = await buildProvider();
    const host = await ensureNodeRuntime(hostPlatform(), layout, progress);
    const blob = await makeBlob(bundle.code, host.programPath, work);
    const own = await readFile(path.join(repositoryDirectory, "LICENSE"));
    const licenses = await licensesOf(repositoryDirectory, bundle.packages);
    const archives: string[] = [];
    for (const platform of platforms) {
      const node = await ensureNodeRuntime(platform, layout, progress);
      await progress.step(`Provider for ${platform.name}`, async (update) => {
        const [executable = "", ...others] = files.executables(platform.name);
        await makeExecutable(node.programPath, blob, executable);
        await linkAll(executable, others);
        update("packing");
        const archive = files.archive(platform.name);
        await writeZip(archive, [
          { name: path.basename(executable), from: executable, mode: 0o755 },
          { name: "LICENSE", from: own, mode: 0o644 },
          { name: "LICENSE-node", from: node.licensePath, mode: 0o644 },
          { name: "LICENSES-packages", from: Buffer.from(licenses), mode: 0o644 },
        ]);
        await linkAll(archive, files.packed(platform.name));
        archives.push(archive);
      });
    }
    await writeFile(files.manifest, registryManifest);
    const sums: Record<string, string> = {};
    for (const file of [...archives, files.manifest]) sums[path.basename(file)] = await sha256OfFile(file);
    await writeFile(files.sums, formatSums(sums));
    return files;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function linkAll(file: string, others: readonly string[]): Promise<void> {
  for (const other of others) {
    await mkdir(path.dirname(other), { recursive: true });
    await link(file, other).catch(() => copyFile(file, other));
  }
}
