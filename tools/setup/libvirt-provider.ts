import { copyFile, link, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import path from "node:path";
import { ChecksumError, download } from "./download";
import { execute } from "./execute";
import { buildGoCommand, ensureGo, exists } from "./go";
import { mirrorPath, registryHosts, type MirroredProvider } from "./mirror";
import type { CacheLayout } from "./paths";
import type { Progress } from "./progress";
import { libvirtProvider } from "./versions";

export const libvirtProviderInMirror: MirroredProvider = {
  source: "dmacvicar/libvirt",
  version: libvirtProvider.version.slice(1),
};

/** How long the registry may take to answer before the provider is built from source instead. */
const registryTimeoutMs = 4_000;
const registryDownloadTimeoutMs = 120_000;

/** Puts the official libvirt provider into the mirror: the registry's build where the registry answers, else its own. */
export async function ensureLibvirtProvider(layout: CacheLayout, progress: Progress): Promise<void> {
  const [first, ...others] = registryHosts.map((host) =>
    path.join(layout.mirrorDirectory, mirrorPath(host, libvirtProviderInMirror)),
  );
  if (first === undefined) return;
  if (!(await exists(first))) {
    const title = `Terraform provider ${libvirtProviderInMirror.source} ${libvirtProviderInMirror.version}`;
    const fetched = await progress.step(`${title}: asking the registry`, (update) =>
      fetchFromRegistry(first, update),
    );
    if (!fetched) {
      const goPath = await ensureGo(layout, progress);
      await progress.step(`${title}: building it, as the registry does not answer`, (update) =>
        buildGoCommand(goPath, libvirtProvider, first, layout, update),
      );
    }
  }
  for (const other of others) {
    if (await exists(other)) continue;
    await mkdir(path.dirname(other), { recursive: true });
    await link(first, other).catch(() => copyFile(first, other));
  }
}

/** @returns false where the registry cannot be reached; a wrong checksum is an error. */
async function fetchFromRegistry(target: string, update: (detail: string) => void): Promise<boolean> {
  const { source, version } = libvirtProviderInMirror;
  await mkdir(path.dirname(target), { recursive: true });
  const work = await mkdtemp(path.join(path.dirname(path.dirname(target)), ".download-"));
  try {
    const response = await fetch(
      `https://${registryHosts[0]}/v1/providers/${source}/${version}/download/linux/amd64`,
      {
        signal: AbortSignal.timeout(registryTimeoutMs),
      },
    );
    if (!response.ok) return false;
    const answer = (await response.json()) as { download_url?: string; shasum?: string };
    if (answer.download_url === undefined || answer.shasum === undefined) return false;
    const zipPath = path.join(work, "provider.zip");
    await download(answer.download_url, zipPath, {
      sha256: answer.shasum,
      onProgress: update,
      signal: AbortSignal.timeout(registryDownloadTimeoutMs),
    });
    await execute("unzip", ["-q", zipPath, path.basename(target), "-d", work]);
    await rename(path.join(work, path.basename(target)), target);
    return true;
  } catch (error) {
    if (error instanceof ChecksumError) throw error;
    return false;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
