/**
 * The file that a download grows in: `<checksum>.partial.<pid>` while a process owns it, `<checksum>.partial` when none
 * does. Renaming takes ownership, so two processes that download the same image do not write into one file, and what a
 * killed one left is taken over and continued. Linux only: whether a process lives is asked of /proc.
 */
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

export interface PartialFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** Takes over what an earlier download left, the largest, or starts an empty file. Smaller remains are removed. */
export async function claimPartial(directory: string, checksum: string): Promise<PartialFile> {
  await mkdir(directory, { recursive: true });
  const mine = join(directory, `${checksum}.partial.${process.pid}`);
  const left: { path: string; sizeBytes: number }[] = [];
  for (const name of await readdir(directory)) {
    if (name !== `${checksum}.partial` && !name.startsWith(`${checksum}.partial.`)) continue;
    const owner = Number(name.slice(`${checksum}.partial.`.length) || 0);
    if (owner !== 0 && owner !== process.pid && (await isAlive(owner))) continue;
    const path = join(directory, name);
    const sizeBytes = await sizeOf(path);
    if (sizeBytes !== undefined) left.push({ path, sizeBytes });
  }
  left.sort((a, b) => b.sizeBytes - a.sizeBytes);
  let claimed: PartialFile | undefined;
  for (const { path, sizeBytes } of left) {
    try {
      if (claimed !== undefined) await rm(path);
      else {
        await rename(path, mine);
        claimed = { path: mine, sizeBytes };
      }
    } catch {
      continue; // another process took it first
    }
  }
  if (claimed !== undefined) return claimed;
  await (await open(mine, "w")).close();
  return { path: mine, sizeBytes: 0 };
}

/** Leaves a partial file for the next download of the same image. */
export async function releasePartial(
  partial: PartialFile,
  directory: string,
  checksum: string,
): Promise<void> {
  await rename(partial.path, join(directory, `${checksum}.partial`)).catch(() => undefined);
}

async function isAlive(pid: number): Promise<boolean> {
  return (await stat(`/proc/${pid}`).catch(() => undefined)) !== undefined;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}
