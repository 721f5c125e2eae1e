import { basename } from "node:path";
import { build, type Plugin } from "esbuild";
import { workerBundleOptions } from "../../image/src/workers/worker-entry";

/**
 * Puts the code of worker threads into a bundle: `NAME.worker-entry.ts` becomes a module that holds `NAME.worker.ts`,
 * bundled, as a string. See image/src/workers/worker-entry.ts for the files' form.
 */
export const workerPlugin: Plugin = {
  name: "worker threads",
  setup(bundler) {
    bundler.onLoad({ filter: /\.worker-entry\.ts$/ }, async ({ path }) => {
      const code = path.replace(/-entry\.ts$/, ".ts");
      const result = await build(workerBundleOptions(code));
      const name = basename(code, ".worker.ts");
      const source = result.outputFiles[0]?.text ?? "";
      return {
        contents: `const source = ${JSON.stringify(source)};
export const workerEntry = { name: ${JSON.stringify(name)}, source: () => source };`,
        loader: "js",
      };
    });
  },
};
