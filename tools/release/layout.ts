/**
 * Where released files lie, and what Terraform's registry asks of a release
 * (https://developer.hashicorp.com/terraform/registry/providers/publishing#manually-preparing-a-release):
 *
 *     registry/  terraform-provider-dvce_VERSION_OS_ARCH.zip   the executable and the licences
 *                terraform-provider-dvce_VERSION_manifest.json
 *                terraform-provider-dvce_VERSION_SHA256SUMS    of all of them; its signature is made by who publishes
 *     mirror/    HOST/dvce/dvce/VERSION/OS_ARCH/terraform-provider-dvce_vVERSION, a file-system mirror ready for use
 *     mirror-packed/ HOST/dvce/dvce/terraform-provider-dvce_VERSION_OS_ARCH.zip, the same, packed
 */
import path from "node:path";
import { mirrorPath, registryHosts, type MirroredProvider } from "../setup/mirror";

export interface ReleaseLayout {
  /** Where the platform's executable lies, for each registry. */
  executables(platform: string): readonly string[];
  /** Its archive for the registry. */
  archive(platform: string): string;
  /** Its archive in the packed mirror, for each registry. */
  packed(platform: string): readonly string[];
  readonly manifest: string;
  readonly sums: string;
}

export function releaseLayout(directory: string, provider: MirroredProvider): ReleaseLayout {
  const name = `terraform-provider-${path.basename(provider.source)}_${provider.version}`;
  const inRegistry = (file: string): string => path.join(directory, "registry", file);
  return {
    executables: (platform) =>
      registryHosts.map((host) => path.join(directory, "mirror", mirrorPath(host, provider, platform))),
    archive: (platform) => inRegistry(`${name}_${platform}.zip`),
    packed: (platform) =>
      registryHosts.map((host) =>
        path.join(directory, "mirror-packed", host, provider.source, `${name}_${platform}.zip`),
      ),
    manifest: inRegistry(`${name}_manifest.json`),
    sums: inRegistry(`${name}_SHA256SUMS`),
  };
}

/** Tells the registry which protocol the provider speaks. */
export const registryManifest = `${JSON.stringify({ version: 1, metadata: { protocol_versions: ["6.0"] } }, undefined, 2)}\n`;

/** As `sha256sum` writes and checks it. */
export function formatSums(sums: Readonly<Record<string, string>>): string {
  return Object.entries(sums)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([file, sum]) => `${sum}  ${file}\n`)
    .join("");
}
