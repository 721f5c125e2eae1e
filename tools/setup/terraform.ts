import path from "node:path";
import { execute } from "./execute";
import { buildGoCommand, ensureGo, exists } from "./go";
import type { CacheLayout } from "./paths";
import type { Progress } from "./progress";
import { isAtLeast, minimumOpentofu, minimumTerraform, opentofu } from "./versions";

/** Terraform on PATH if it is new enough; undefined otherwise. */
export async function findTerraform(): Promise<string | undefined> {
  return await findOnPath("terraform", minimumTerraform);
}

/** OpenTofu on PATH if it is new enough, else one built from the module proxy, about three minutes on two cores. */
export async function ensureOpenTofu(layout: CacheLayout, progress: Progress): Promise<string> {
  const found = await findOnPath("tofu", minimumOpentofu);
  if (found !== undefined) return found;
  if (await exists(layout.opentofuPath)) return layout.opentofuPath;
  const goPath = await ensureGo(layout, progress);
  await progress.step(`OpenTofu ${opentofu.version}, from source`, async (update) => {
    await buildGoCommand(goPath, opentofu, layout.opentofuPath, layout, update);
  });
  return layout.opentofuPath;
}

async function findOnPath(command: string, minimum: string): Promise<string | undefined> {
  for (const directory of (process.env["PATH"] ?? "").split(path.delimiter)) {
    const candidate = path.join(directory, command);
    if (directory === "" || !(await exists(candidate))) continue;
    // The user's own configuration may name things that are not there; it has no say in the version.
    const env = { TF_CLI_CONFIG_FILE: "/dev/null", CHECKPOINT_DISABLE: "1" };
    const answer = await execute(candidate, ["version", "-json"], { env }).catch(() => "{}");
    const { terraform_version: version } = JSON.parse(answer) as { terraform_version?: string };
    return version !== undefined && isAtLeast(version, minimum) ? candidate : undefined;
  }
  return undefined;
}
