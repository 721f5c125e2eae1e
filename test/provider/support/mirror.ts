/** The provider of this checkout, bundled into a filesystem mirror of its own. */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { bundleProvider } from "../../../tools/build/provider";
import { cliConfig, mirrorPath, registryHosts } from "../../../tools/setup/mirror";

const provider = { source: "dvce/dvce", version: "0.1.0" };

/** Answers the CLI configuration that uses the mirror. */
export async function buildMirror(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  await bundleProvider(registryHosts.map((host) => path.join(directory, mirrorPath(host, provider))));
  const cliConfigPath = path.join(directory, "cli.tfrc");
  await writeFile(cliConfigPath, cliConfig(directory, [provider]));
  return cliConfigPath;
}
