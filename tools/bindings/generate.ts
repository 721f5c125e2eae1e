/**
 * Makes CDKTF bindings from a provider's schema, offline and always the same from the same schema.
 *
 * The generator writes `providers/<name>/<resource>/index.ts`. Changed in it are the import, which must name `cdktf`
 * (the one name that the constructs and their users import), and the links to documentation, which must match the
 * pinned version. The result is compiled and lies under `lib/`, as in the published `@cdktf/provider-*` packages.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import {
  ConstructsMakerProviderTarget,
  Language,
  TerraformProviderConstraint,
  type ProviderSchema,
} from "@cdktn/commons";
import { CodeMaker, TerraformProviderGenerator } from "@cdktn/provider-generator";
import { compileBindings } from "./compile";
import { pruneSchema } from "./schema";
import type { BindingsTarget } from "./targets";

const generatedImport = "import * as cdktn from 'cdktn';";
const ourImport = "import * as cdktn from 'cdktf';";

/** @returns contents by path below the package's `lib/`, paths with `/`, in sorted order. */
export async function generateBindings(
  target: BindingsTarget,
  schema: ProviderSchema,
): Promise<Map<string, string>> {
  const code = new CodeMaker();
  const generator = new TerraformProviderGenerator(code, pruneSchema(target, schema));
  const constraint = new TerraformProviderConstraint({
    name: target.name,
    source: target.source,
    version: target.version,
  });
  generator.generate(new ConstructsMakerProviderTarget(constraint, Language.TYPESCRIPT));
  const directory = mkdtempSync(join(tmpdir(), "dvce-bindings-"));
  try {
    await code.save(directory);
    const base = join(directory, "providers", target.name);
    const files = readdirSync(base, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name === "index.ts")
      .map((entry) => relative(base, join(entry.parentPath, entry.name)).split(sep).join("/"))
      .sort();
    const sources = new Map(
      files.map((file) => [file, adapt(target, readFileSync(join(base, file), "utf8"))]),
    );
    return compileBindings(join(target.directory, "lib"), sources);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** One name to import, links to the documentation of the pinned version, or none where there is none. */
function adapt(target: BindingsTarget, source: string): string {
  const imported = source.replace(generatedImport, ourImport);
  if (/['"]cdktn['"]/.test(imported)) {
    throw new Error(
      `The generator's import of cdktn changed form in ${target.source}: ${imported.slice(0, 400)}`,
    );
  }
  return target.registryDocs === undefined
    ? imported
        .replace(/^\/\/ https:\/\/registry\.terraform\.io\/.*\n/m, "")
        .replace(/(^ *\*\n)?^ *\* Docs at Terraform Registry: .*\n/gm, "")
        .replace(/^ *\/\*\*\n *\*\/\n/gm, "")
        .replace(/\{@link https:\/\/registry\.terraform\.io\/[^ }]+ ([^}]+)\}/g, "$1")
    : imported.replaceAll("/latest/docs", `/${target.registryDocs}/docs`);
}
