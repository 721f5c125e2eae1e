/** The plugin protocol's services as one protobufjs descriptor, so that no .proto file is read at run time. */
import { readFileSync } from "node:fs";
import path from "node:path";
import protobuf from "protobufjs";

const folder = path.join(__dirname, "../src/plugin/proto");

export const descriptorPath = path.join(folder, "descriptor.json");

export function buildDescriptor(): protobuf.INamespace {
  const root = new protobuf.Root();
  for (const name of ["tfplugin6", "plugin", "health"]) {
    protobuf.parse(readFileSync(path.join(folder, `${name}.proto`), "utf8"), root, { keepCase: true });
  }
  return root.toJSON();
}
