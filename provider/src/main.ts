/**
 * Entry of the provider: a plugin process that Terraform or OpenTofu starts. Terraform starts several in a run and
 * waits for each one's handshake, so that comes first and the provider itself is loaded while Terraform connects.
 */
import { isSea } from "node:sea";
import { HandshakeError, readEnvironment } from "./plugin/handshake";
import { lazyService, type UnaryService } from "./plugin/lazy-service";
import { serve } from "./plugin/serve";

let provider: Promise<UnaryService> | undefined;

function loadProvider(): Promise<UnaryService> {
  provider ??= import("./provider/start").then(({ startProvider }) => startProvider(process));
  return provider;
}

async function main(): Promise<void> {
  // A single executable is built to pass over what is meant for the user's own Node programs; its threads are not.
  if (isSea()) delete process.env["NODE_OPTIONS"];
  await serve(readEnvironment(process.env), lazyService("tfplugin6.Provider", loadProvider));
  await loadProvider();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof HandshakeError ? error.message : String(error)}\n`);
  process.exit(1);
});
