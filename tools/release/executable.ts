/**
 * Single executables (https://nodejs.org/docs/latest-v24.x/api/single-executable-applications.html): Node's own program
 * with a script inside it, as a note of the ELF file. Neither code cache nor snapshot, which would hold for one
 * architecture only: so one blob serves all platforms, and the same script makes the same bytes.
 */
import { chmod, copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { execute } from "../setup/execute";
import { repositoryDirectory } from "../setup/paths";

/** By which Node finds out that it carries a script; fixed by Node. */
const blobName = "NODE_SEA_BLOB";
const sentinel = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";

const postject = path.join(repositoryDirectory, "node_modules/.bin/postject");

/** Makes the blob of a script in `workDirectory`, with a Node of the version that will carry it; answers its path. */
export async function makeBlob(script: string, nodePath: string, workDirectory: string): Promise<string> {
  const settings = {
    main: "main.cjs", // relative, for the path becomes part of the blob
    output: "main.blob",
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    useSnapshot: false,
    // NODE_OPTIONS in the user's environment is meant for the user's programs.
    execArgvExtension: "none",
  };
  await mkdir(workDirectory, { recursive: true });
  await writeFile(path.join(workDirectory, settings.main), script);
  await writeFile(path.join(workDirectory, "sea.json"), JSON.stringify(settings));
  await execute(nodePath, ["--experimental-sea-config", "sea.json"], { cwd: workDirectory });
  return path.join(workDirectory, settings.output);
}

/** Writes `nodePath` with the blob in it to `target`. */
export async function makeExecutable(nodePath: string, blobPath: string, target: string): Promise<void> {
  const temporary = `${target}.partial`;
  await mkdir(path.dirname(target), { recursive: true });
  try {
    await copyFile(nodePath, temporary);
    await chmod(temporary, 0o755);
    await execute(process.execPath, [postject, temporary, blobName, blobPath, "--sentinel-fuse", sentinel]);
    await rename(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}
