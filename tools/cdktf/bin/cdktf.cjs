#!/usr/bin/env node
"use strict";
/**
 * The `cdktf` command, on the maintained CDK Terrain CLI.
 *
 * It runs on the Node that this repository pins, whatever node started it, finds the repository's commands
 * first on PATH (the `app` line of a cdktf.json starts them) and turns off what would reach out to the
 * network by itself: version checks, crash reports, and the provider lock step, which asks the registry even
 * where a mirror is configured. A variable that the user has set wins. TERRAFORM_BINARY_NAME selects the binary
 * (`tofu`), as ever.
 */
const { spawn } = require("node:child_process");
const path = require("node:path");

const defaults = {
  CHECKPOINT_DISABLE: "1",
  DISABLE_VERSION_CHECK: "true",
  CDKTF_SKIP_PROVIDER_LOCK: "true",
};

const pinnedNode = require.resolve("node/bin/node");
const cli = require.resolve("cdktn-cli/package.json").replace(/package\.json$/, path.join("bin", "cdktn"));
const binDirectory = path.resolve(__dirname, "../../../node_modules/.bin");

const child = spawn(pinnedNode, [cli, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: {
    ...defaults,
    ...process.env,
    PATH: [binDirectory, path.dirname(pinnedNode), process.env.PATH].filter(Boolean).join(path.delimiter),
  },
});
// Terraform must get the chance to finish what it began, so this process outlives the signal and waits for the
// child's own end. A terminal sends SIGINT to the child as well; passed on, it would count as the second, which
// makes Terraform abandon its work.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`Unable to start the cdktf command: ${error.message}. Run npm ci and try again.`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
