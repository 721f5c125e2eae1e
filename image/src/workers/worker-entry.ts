/**
 * How a worker thread finds its code. A worker is two files side by side:
 *
 *     NAME.worker.ts         the code: calls `serveJobs`; may import anything that its workspace may
 *     NAME.worker-entry.ts   import { entryFromSource } from "@dvce/image";
 *                            export const workerEntry = entryFromSource(__dirname, "NAME.worker.ts");
 *
 * and `new WorkerPool({ entry: workerEntry, … })` runs it. Run from source (tsx, jest) the code is bundled with esbuild when
 * the first thread starts. `npm run build` does the same beforehand: tools/build/worker-plugin.ts replaces every
 * `*.worker-entry.ts` by the bundled code as a string, so a bundle stays one file and needs neither esbuild nor a
 * file beside it.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import type { BuildOptions } from "esbuild";

export interface WorkerEntry {
  /** Shown as the thread's name and in errors. */
  readonly name: string;
  /** The bundled code, a CommonJS script. */
  source(): string;
}

/** How a worker is bundled, from source and for `npm run build` alike. */
export function workerBundleOptions(path: string) {
  return {
    entryPoints: [path],
    bundle: true,
    write: false,
    platform: "node",
    target: "node24",
    format: "cjs",
    logLevel: "silent",
  } as const satisfies BuildOptions;
}

/** The entry of a worker that is run from source; the bundler replaces the file that calls this. */
export function entryFromSource(directory: string, fileName: string): WorkerEntry {
  const path = join(directory, fileName);
  let source: string | undefined;
  return {
    name: fileName.replace(/\.worker\.ts$/, ""),
    source() {
      if (source === undefined) {
        // Loaded here and by a name that bundlers do not follow: only development needs esbuild.
        const esbuild = createRequire(path)("esbuild") as typeof import("esbuild");
        source = esbuild.buildSync(workerBundleOptions(path)).outputFiles[0]?.text ?? "";
      }
      return source;
    },
  };
}
