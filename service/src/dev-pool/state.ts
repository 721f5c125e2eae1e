/**
 * What a pool was made with: `<base>/<pool>/pool.json`, written once before anything else is made (atomically,
 * by rename), so that every later command knows what to look for. Processes are recorded apart (processes.ts).
 *
 * The subnet number is claimed by creating `<base>/subnet-<n>` exclusively with the pool's name in it; two pools
 * that start at once cannot get the same one. `down` removes the claim last. A crash leaves at most a claim of
 * a pool without pool.json, which the next `up` or `down` of that name takes over or removes.
 */
import { mkdir, readFile, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DvceError } from "@dvce/api";
import { z } from "zod";
import { hasErrno } from "./errno";
import type { PoolPaths } from "./names";
import { takenPrefixes } from "./network";

export const poolStateSchema = z.object({
  name: z.string(),
  subnet: z.number().int().min(1).max(254),
  hosts: z.array(z.object({ index: z.number().int().positive(), node: z.string(), uuid: z.uuid() })).min(1),
  rate: z.string().nullable(),
  memoryMiB: z.number().int().positive(),
  vcpus: z.number().int().positive(),
  replicas: z.number().int().positive(),
  controller: z.boolean(),
  agents: z.boolean(),
  libvirtTcp: z.boolean(),
});

export type PoolState = z.infer<typeof poolStateSchema>;

/** The state of a pool that exists, else undefined. Throws DVCE_INTERNAL for a file of another version. */
export async function readState(paths: PoolPaths): Promise<PoolState | undefined> {
  let text: string;
  try {
    text = await readFile(paths.state, "utf8");
  } catch (error) {
    if (hasErrno(error, "ENOENT")) return undefined;
    throw error;
  }
  const parsed = poolStateSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new DvceError(
      "DVCE_INTERNAL",
      `${paths.state} is not a pool record that this version knows; run \`dvce dev pool down\` and start anew`,
      { cause: parsed.error },
    );
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not the file that this program writes: the caller says so
  }
}

export async function writeState(paths: PoolPaths, state: PoolState): Promise<void> {
  await mkdir(paths.directory, { recursive: true });
  await writeFile(`${paths.state}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${paths.state}.new`, paths.state);
}

const claimPattern = /^subnet-(\d+)$/;

/** Claims a free 10.213.<n>.0/24 for the pool; an earlier claim of the same pool is taken over. */
export async function claimSubnet(base: string, pool: string): Promise<number> {
  await mkdir(base, { recursive: true, mode: 0o711 });
  const own = (await claimsOf(base, pool))[0];
  if (own !== undefined) return own;
  const taken = await takenPrefixes();
  for (let subnet = 1; subnet <= 254; subnet += 1) {
    if (taken.some((prefix) => prefix.startsWith(`10.213.${subnet}.`))) continue;
    try {
      await writeFile(join(base, `subnet-${subnet}`), pool, { flag: "wx" });
      return subnet;
    } catch (error) {
      if (!hasErrno(error, "EEXIST")) throw error;
    }
  }
  throw new DvceError(
    "DVCE_HOST_UNSUPPORTED",
    "Every subnet of 10.213.0.0/16 is in use here; end other pools first.",
  );
}

/** Gives back the pool's claims and removes the base folder if it was the last thing there. */
export async function releaseSubnet(base: string, pool: string): Promise<void> {
  for (const subnet of await claimsOf(base, pool)) await rm(join(base, `subnet-${subnet}`), { force: true });
}

async function claimsOf(base: string, pool: string): Promise<number[]> {
  const claims: number[] = [];
  for (const name of await readdir(base).catch(() => [])) {
    const subnet = claimPattern.exec(name)?.[1];
    if (subnet === undefined) continue;
    const owner = await readFile(join(base, name), "utf8").catch(() => "");
    if (owner === pool) claims.push(Number(subnet));
  }
  return claims;
}

const mountPointsFile = "mount-points";

/** Makes missing mount points on this machine and remembers which, so that the last pool's end removes them. */
export async function ensureMountPoints(base: string, points: readonly string[]): Promise<void> {
  for (const point of points) {
    const made = await mkdir(point, { recursive: true });
    if (made === undefined) continue;
    await writeFile(join(base, mountPointsFile), `${point}\n`, { flag: "a" });
  }
}

/** When no pool is left under `base`: removes the mount points that pools made (if empty), and `base`. */
export async function removeBaseIfLast(base: string): Promise<void> {
  const left = await readdir(base).catch(() => undefined);
  if (left === undefined || left.some((name) => name !== mountPointsFile)) return;
  const text = await readFile(join(base, mountPointsFile), "utf8").catch(() => "");
  for (const point of new Set(text.split("\n").filter(Boolean))) {
    await rmdir(point).catch(() => undefined); // someone else uses it by now
  }
  await rm(join(base, mountPointsFile), { force: true });
  await rmdir(base).catch(() => undefined); // a pool has just been started there
}
