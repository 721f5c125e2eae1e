/**
 * Reads and prunes provider schemas in the form of `terraform providers schema -json`.
 *
 * dvce's comes from the provider's own source in this repository. libvirt's is committed, and read afresh from the
 * real binary only when asked: it changes only with the pinned version.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ProviderSchema } from "@cdktn/commons";
import { dataSourceSchemas, providerAddress, resourceSchemas } from "../../provider/src/provider/catalogue";
import { providerSchema } from "../../provider/src/provider/schema";
import { exportProvider } from "../../provider/src/schema/export-json";
import type { BindingsTarget } from "./targets";

export const schemaPath = (target: BindingsTarget): string => join(target.directory, "schema.json");

/** JSON as it is committed: two spaces, a newline at the end. */
export const formatSchema = (schema: unknown): string => JSON.stringify(schema, null, 2) + "\n";

export function readCommittedSchema(target: BindingsTarget): ProviderSchema {
  return JSON.parse(readFileSync(schemaPath(target), "utf8")) as ProviderSchema;
}

/** The schema of the dvce provider in this repository. */
export function exportDvceSchema(): unknown {
  return exportProvider(providerAddress, providerSchema, resourceSchemas, dataSourceSchemas);
}

/**
 * The schema that a provider's binary serves, asked through `terraform` or `tofu` with no network.
 *
 * @param mirror A filesystem mirror that holds the target's provider.
 * @param command `terraform` or `tofu`.
 */
export function readSchemaFromBinary(target: BindingsTarget, mirror: string, command: string): unknown {
  const directory = mkdtempSync(join(tmpdir(), "dvce-schema-"));
  try {
    const configuration = join(directory, "cli.tfrc");
    writeFileSync(
      configuration,
      `provider_installation {\n  filesystem_mirror { path = ${JSON.stringify(resolve(mirror))} }\n}\n`,
    );
    const requirement = { [target.name]: { source: target.source, version: target.version } };
    writeFileSync(
      join(directory, "main.tf.json"),
      JSON.stringify({ terraform: { required_providers: requirement } }),
    );
    const run = (...args: string[]): string =>
      execFileSync(command, args, {
        cwd: directory,
        encoding: "utf8",
        maxBuffer: 64 * 1024 * 1024,
        env: { ...process.env, TF_CLI_CONFIG_FILE: configuration, CHECKPOINT_DISABLE: "1" },
      });
    run("init", "-no-color", "-input=false");
    return JSON.parse(run("providers", "schema", "-json"));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/**
 * Leaves only the resources and data sources that the target names.
 *
 * @throws Error when the schema lacks one of them, or holds another provider.
 */
export function pruneSchema(target: BindingsTarget, schema: ProviderSchema): ProviderSchema {
  const address = Object.keys(schema.provider_schemas ?? {}).find((key) => key.endsWith(`/${target.source}`));
  const provider = address === undefined ? undefined : schema.provider_schemas?.[address];
  if (address === undefined || provider === undefined) {
    throw new Error(`The schema of ${target.source} holds no provider of that name`);
  }
  const pick = <T>(
    kind: string,
    from: Record<string, T> | undefined,
    names: readonly string[],
  ): Record<string, T> =>
    Object.fromEntries(
      names.map((name) => {
        const value = from?.[name];
        if (value === undefined) throw new Error(`The schema of ${target.source} has no ${kind} ${name}`);
        return [name, value];
      }),
    );
  return {
    format_version: schema.format_version,
    provider_schemas: {
      [address]: {
        provider: provider.provider,
        resource_schemas: pick("resource", provider.resource_schemas, target.resources),
        data_source_schemas: pick("data source", provider.data_source_schemas, target.dataSources),
      },
    },
  } as ProviderSchema;
}
