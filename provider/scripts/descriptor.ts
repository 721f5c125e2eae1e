/** Writes src/plugin/proto/descriptor.json from the .proto files beside it. Run after changing one. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { buildDescriptor, descriptorPath } from "./build-descriptor";

writeFileSync(descriptorPath, JSON.stringify(buildDescriptor()) + "\n");
process.stdout.write(`${path.relative(process.cwd(), descriptorPath)} written\n`);
