/**
 * `npm run bindings`: makes `modules/bindings/*` afresh. With `--mirror DIR` libvirt's schema is first read again
 * from the provider in that filesystem mirror, asked through the command in `TERRAFORM_BINARY_NAME` or `terraform`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import {
  exportDvceSchema,
  formatSchema,
  readCommittedSchema,
  readSchemaFromBinary,
  schemaPath,
} from "./schema";
import { dvceTarget, libvirtTarget } from "./targets";

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { mirror: { type: "string" } } });
  // The generator's libraries report their errors to a server unless told not to; they look when they are loaded.
  process.env["CHECKPOINT_DISABLE"] = "1";
  const { generateBindings } = await import("./generate");

  writeFileSync(schemaPath(dvceTarget), formatSchema(exportDvceSchema()));
  if (values.mirror !== undefined) {
    const command = process.env["TERRAFORM_BINARY_NAME"] ?? "terraform";
    writeFileSync(
      schemaPath(libvirtTarget),
      formatSchema(readSchemaFromBinary(libvirtTarget, values.mirror, command)),
    );
  }
  for (const target of [libvirtTarget, dvceTarget]) {
    const files = await generateBindings(target, readCommittedSchema(target));
    const directory = join(target.directory, "lib");
    rmSync(directory, { recursive: true, force: true });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    process.stdout.write(`${target.source} ${target.version}: ${files.size} files in ${directory}\n`);
  }
}

void main();
