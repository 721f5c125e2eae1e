import { createHash } from "node:crypto";
import { access, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { buildImage } from "../image/build";
import type { CacheLayout } from "./paths";
import { repositoryDirectory } from "./paths";
import type { Progress } from "./progress";

/**
 * Makes the Debian image unless the cache holds one that the present recipe made.
 * @returns the path of the qcow2 image.
 */
export async function ensureImage(layout: CacheLayout, progress: Progress): Promise<string> {
  const stampPath = `${layout.imagePath}.recipe`;
  const recipe = await recipeDigest(path.join(repositoryDirectory, "tools/image"));
  const built = await readFile(stampPath, "utf8").catch(() => "");
  const present = await access(layout.imagePath).then(
    () => true,
    () => false,
  );
  if (present && built === recipe) return layout.imagePath;
  await progress.step("Debian 12 image", async (update) => {
    await buildImage({
      imagePath: layout.imagePath,
      logPath: path.join(layout.logDirectory, "image.log"),
      onProgress: update,
    });
    await writeFile(stampPath, recipe);
  });
  return layout.imagePath;
}

/** Changes when any file does that decides what the image holds. */
async function recipeDigest(directory: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of ["build.ts", "definition.ts", "disk.ts"])
    hash
      .update(name)
      .update("\0")
      .update(await readFile(path.join(directory, name)));
  return hash.digest("hex");
}
