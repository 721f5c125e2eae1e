/** Entry of the provider: a plugin process that Terraform or OpenTofu starts. */
import { tmpdir } from "node:os";
import path from "node:path";
import { HandshakeError, readEnvironment } from "./plugin/handshake";
import { createLog } from "./plugin/log";
import { serve } from "./plugin/serve";
import { createProvider } from "./provider/provider";
import { providerService } from "./rpc/provider-service";
import { Runtime } from "./rpc/runtime";
import { plannedVersions, readParent } from "./run/planned-versions";

async function main(): Promise<void> {
  const environment = readEnvironment(process.env);
  const log = createLog(
    (line) => process.stderr.write(line),
    () => new Date(),
  );
  const notes = path.join(tmpdir(), `dvce-runs-${process.getuid?.() ?? 0}`);
  const runtime = new Runtime({
    log,
    cacheDirectory: process.env["DVCE_CACHE_DIR"],
    plannedVersions: plannedVersions(readParent(process.ppid), notes),
  });
  await serve(environment, providerService(createProvider(process.env), runtime));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof HandshakeError ? error.message : String(error)}\n`);
  process.exit(1);
});
