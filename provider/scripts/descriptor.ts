/** Writes src/plugin/proto/descriptor.json from the .proto files beside it. Run after changing one. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { buildDescriptor, descriptorPath } from "./build-descriptor";

async function main(): Promise<void> {
  const config = await resolveConfig(descriptorPath);
  const text = await format(JSON.stringify(buildDescriptor()), { ...config, parser: "json" });
  writeFileSync(descriptorPath, text);
  process.stdout.write(`${path.relative(process.cwd(), descriptorPath)} written\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exit(1);
});
