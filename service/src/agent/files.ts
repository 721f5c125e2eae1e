/** Small files that must survive a power cut. */
import { open, rename, rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { basename, dirname, join } from "node:path";

/** Makes the names in a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  await syncFile(directory);
}

/** Makes a file's bytes survive a power cut. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Prefix of files under way; what a crash leaves behind under it is removed at the next start. */
export const temporaryPrefix = ".tmp-";

/**
 * Writes a file so that, whatever happens, there is afterwards the old one or the whole new one under `path`.
 * Resolves when a power cut cannot lose it.
 */
export async function writeFileDurably(path: string, data: Buffer | string, mode = 0o600): Promise<void> {
  const temporary = join(dirname(path), `${temporaryPrefix}${basename(path)}-${randomUUID()}`);
  try {
    await writeSynced(temporary, data, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Writes a new file; resolves when a power cut cannot lose its bytes, though it may lose its name. */
export async function writeSynced(path: string, data: Buffer | string, mode = 0o600): Promise<void> {
  const handle = await open(path, "wx", mode);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
