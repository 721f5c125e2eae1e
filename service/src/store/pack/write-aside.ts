import { join } from "node:path";
import type { StoreFiles } from "./store-files";

const suffix = ".tmp";

/** What a crash in the midst of {@link writeAside} can leave. */
export function isRemnant(fileName: string): boolean {
  return fileName.endsWith(suffix);
}

/**
 * Writes a small file whole: beside its place, synced, then renamed, then the directory synced. A crash leaves the file as
 * it was or as it is now, and perhaps a remnant. Throws what the file system throws, leaving no remnant.
 */
export async function writeAside(
  files: StoreFiles,
  directory: string,
  fileName: string,
  bytes: Buffer,
): Promise<void> {
  const path = join(directory, fileName);
  const temporary = `${path}${suffix}`;
  try {
    await files.remove(temporary);
    const file = await files.open(temporary, "create");
    try {
      await file.write(0, [bytes]);
      await file.sync();
    } finally {
      await file.close();
    }
    await files.rename(temporary, path);
    await files.syncDirectory(directory);
  } catch (error) {
    await files.remove(temporary).catch(() => undefined);
    throw error;
  }
}
