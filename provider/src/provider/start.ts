/** Everything behind the handshake, put together for one plugin process. Loaded after the handshake is written. */
import { tmpdir } from "node:os";
import path from "node:path";
import type { UnaryService } from "../plugin/lazy-service";
import { createLog } from "../log/log";
import { providerService } from "../rpc/provider-service";
import { Runtime } from "../rpc/runtime";
import { plannedVersions, readParent } from "../run/planned-versions";
import { createProvider } from "./provider";

/** The provider's service as this process's environment and parent make it. */
export function startProvider(process: NodeJS.Process): UnaryService {
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
  return providerService(createProvider(process.env), runtime);
}
