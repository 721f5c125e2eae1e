/** Finds out how to run this very `dvce` again, as controller or agent. */
import { existsSync, readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { DvceError } from "@dvce/api";

/**
 * The command line before the arguments of `dvce`: the bundle that runs now; or, in a source tree, its
 * bundle if that is newer than every source, else the sources through tsx in one process.
 * Throws DVCE_HOST_UNSUPPORTED when neither is found.
 */
export function dvceCommand(): readonly string[] {
  const main = process.argv[1] === undefined ? "" : realpathOf(process.argv[1]);
  if (main.endsWith("/dvce.mjs")) return [process.execPath, main];
  const root = [dirname(main), process.cwd()].map(findSourceTree).find((found) => found !== undefined);
  if (root === undefined) {
    throw new DvceError(
      "DVCE_HOST_UNSUPPORTED",
      "Cannot find the dvce program to run as controller and agent: run this from the source tree or from dvce.mjs.",
    );
  }
  const pinned = join(root, "node_modules/node/bin/node");
  const node = existsSync(pinned) ? pinned : process.execPath;
  const bundle = join(root, "service/dist/dvce.mjs");
  if (existsSync(bundle) && statSync(bundle).mtimeMs >= newestSourceMs(root)) return [node, bundle];
  const loader = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
  return [node, "--import", loader, join(root, "service/src/main.ts")];
}

function findSourceTree(start: string): string | undefined {
  for (let folder = start; folder !== dirname(folder); folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const content: unknown = JSON.parse(readFileSync(manifest, "utf8"));
    if (typeof content === "object" && content !== null && "name" in content && content.name === "dvce")
      return folder;
  }
  return undefined;
}

function newestSourceMs(root: string): number {
  let newest = 0;
  for (const part of ["api/src", "image/src", "service/src"]) {
    for (const entry of readdirSync(join(root, part), { recursive: true, withFileTypes: true })) {
      if (entry.isFile() && !entry.name.endsWith(".test.ts")) {
        newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
      }
    }
  }
  return newest;
}

function realpathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
