/**
 * The NoCloud seed: an ISO 9660 image with the volume id `cidata` that cloud-init reads at first boot.
 *
 *     meta-data    instance-id, local-hostname, public-keys
 *     user-data    the user's own, unchanged
 *
 * SSH keys stand in the meta-data, so that any kind of user data (cloud-config, script, MIME) keeps working
 * beside them. Both files are JSON or opaque; JSON is valid YAML, so nothing needs quoting rules of its own.
 * Source: https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
 */
import type { SeedSpec } from "@dvce/api";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runTool } from "../agent/run-tool";

/** What cloud-init takes as "nothing to do". */
const emptyUserData = "#cloud-config\n{}\n";

/** The seed's files. `instanceId` must be new for each new disk: cloud-init runs once for an instance. */
export function seedFiles(seed: SeedSpec, instanceId: string): { metaData: string; userData: string } {
  const metaData = {
    "instance-id": instanceId,
    "local-hostname": seed.hostname,
    "public-keys": seed.sshAuthorizedKeys,
  };
  return {
    metaData: `${JSON.stringify(metaData, null, 2)}\n`,
    userData: seed.userData === "" ? emptyUserData : seed.userData,
  };
}

/** Writes the image to `path`; `scratchDirectory` is used meanwhile. Throws `DVCE_TOOL_FAILED`. */
export async function makeSeed(
  path: string,
  seed: SeedSpec,
  instanceId: string,
  scratchDirectory: string,
): Promise<void> {
  const folder = await mkdtemp(join(scratchDirectory, "seed-"));
  try {
    const { metaData, userData } = seedFiles(seed, instanceId);
    await writeFile(join(folder, "meta-data"), metaData, { mode: 0o600 });
    await writeFile(join(folder, "user-data"), userData, { mode: 0o600 });
    const layout = ["-volid", "cidata", "-joliet", "-rock"];
    await runTool("genisoimage", ["-quiet", "-output", path, ...layout, "meta-data", "user-data"], {
      cwd: folder,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
