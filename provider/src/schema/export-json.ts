/** The schema as `terraform providers schema -json` prints it, made without Terraform. */
import type { Attribute, Attributes, Schema } from "./attribute";

/** JSON type constraint of an attribute without nested attributes; the same encoding as on the wire. */
export function typeConstraint(attribute: Exclude<Attribute, { kind: "nested" }>): string | string[] {
  return attribute.kind === "map" || attribute.kind === "list"
    ? [attribute.kind, attribute.element]
    : attribute.kind;
}

function exportAttribute(attribute: Attribute): Record<string, unknown> {
  const shape =
    attribute.kind === "nested"
      ? {
          nested_type: {
            attributes: exportAttributes(attribute.attributes),
            nesting_mode: attribute.nesting,
          },
        }
      : { type: typeConstraint(attribute) };
  return {
    ...shape,
    description: attribute.description,
    description_kind: "plain",
    ...(attribute.mode === "required" ? { required: true } : {}),
    ...(attribute.mode.startsWith("optional") ? { optional: true } : {}),
    ...(attribute.mode === "computed" || attribute.mode === "optionalComputed" ? { computed: true } : {}),
    ...(attribute.sensitive === true ? { sensitive: true } : {}),
  };
}

function exportAttributes(attributes: Attributes): Record<string, unknown> {
  return Object.fromEntries(
    Object.keys(attributes)
      .sort()
      .map((name) => [name, exportAttribute(attributes[name] as Attribute)]),
  );
}

export function exportSchema(schema: Schema): Record<string, unknown> {
  return {
    version: schema.version,
    block: {
      attributes: exportAttributes(schema.attributes),
      description: schema.description,
      description_kind: "plain",
    },
  };
}

/** One provider's schemas under its source address. */
export function exportProvider(
  address: string,
  provider: Schema,
  resources: Readonly<Record<string, Schema>>,
  dataSources: Readonly<Record<string, Schema>>,
): Record<string, unknown> {
  const each = (schemas: Readonly<Record<string, Schema>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, exportSchema(schema)]));
  return {
    format_version: "1.0",
    provider_schemas: {
      [address]: {
        provider: exportSchema(provider),
        resource_schemas: each(resources),
        data_source_schemas: each(dataSources),
      },
    },
  };
}
