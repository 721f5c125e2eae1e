import path from "node:path";
import { bundleProvider } from "../build/provider";
import { mirrorPath, registryHosts, type MirroredProvider } from "./mirror";
import type { CacheLayout } from "./paths";
import { dvceProviderVersion } from "./versions";

export const dvceProviderInMirror: MirroredProvider = { source: "dvce/dvce", version: dvceProviderVersion };

/**
 * Bundles the provider of this checkout into the mirror. It is bundled anew each time, a fifth of a second, so that it
 * is never older than its source; files that do not change keep their times.
 */
export async function ensureDvceProvider(layout: CacheLayout): Promise<void> {
  const executables = registryHosts.map((host) =>
    path.join(layout.mirrorDirectory, mirrorPath(host, dvceProviderInMirror)),
  );
  await bundleProvider(executables);
}
