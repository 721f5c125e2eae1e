/** The pages of the provider's documentation, by path below provider/docs, from provider/src and provider/examples. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { dataSourceSchemas, resourceSchemas } from "../../provider/src/provider/catalogue";
import { providerSchema } from "../../provider/src/provider/schema";
import { repositoryDirectory } from "../setup/paths";
import { renderPage, type Page } from "./render";

export const docsDirectory = path.join(repositoryDirectory, "provider/docs");
export const examplesDirectory = path.join(repositoryDirectory, "provider/examples");

/** Folders below `examplesDirectory` that hold a configuration each. */
export const exampleFolders: readonly string[] = [
  "provider",
  ...Object.keys(resourceSchemas).map((type) => `resources/${type}`),
  ...Object.keys(dataSourceSchemas).map((type) => `data-sources/${type}`),
];

const example = (...parts: readonly string[]): string =>
  readFileSync(path.join(examplesDirectory, ...parts), "utf8");
const fileOf = (type: string): string => `${type.replace(/^dvce_/, "")}.md`;

export function renderDocs(): ReadonlyMap<string, string> {
  const pages = new Map<string, Page>([
    [
      "index.md",
      { kind: "Provider", type: "dvce", schema: providerSchema, example: example("provider/provider.tf") },
    ],
  ]);
  for (const [type, schema] of Object.entries(resourceSchemas)) {
    const importFile = `resources/${type}/import.sh`;
    pages.set(`resources/${fileOf(type)}`, {
      kind: "Resource",
      type,
      schema,
      example: example(`resources/${type}/resource.tf`),
      ...(existsSync(path.join(examplesDirectory, importFile)) ? { importExample: example(importFile) } : {}),
    });
  }
  for (const [type, schema] of Object.entries(dataSourceSchemas)) {
    pages.set(`data-sources/${fileOf(type)}`, {
      kind: "Data Source",
      type,
      schema,
      example: example(`data-sources/${type}/data-source.tf`),
    });
  }
  return new Map([...pages].map(([file, page]) => [file, renderPage(page)]));
}
