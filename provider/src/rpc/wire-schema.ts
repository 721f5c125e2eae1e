/** A schema as the plugin protocol sends it. */
import type { Attribute, Attributes, Schema } from "../schema/attribute";
import { typeConstraint } from "../schema/export-json";

/** `tfplugin6.Schema`. */
export const wireSchema = (schema: Schema): object => ({
  version: schema.version,
  block: {
    version: schema.version,
    attributes: wireAttributes(schema.attributes),
    description: schema.description,
  },
});

const wireAttributes = (attributes: Attributes): object[] =>
  Object.entries(attributes)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, attribute]) => wireAttribute(name, attribute));

const wireAttribute = (name: string, attribute: Attribute): object => ({
  name,
  ...(attribute.kind === "nested"
    ? {
        nested_type: {
          attributes: wireAttributes(attribute.attributes),
          nesting: attribute.nesting.toUpperCase(),
        },
      }
    : { type: Buffer.from(JSON.stringify(typeConstraint(attribute))) }),
  description: attribute.description,
  required: attribute.mode === "required",
  optional: attribute.mode === "optional" || attribute.mode === "optionalComputed",
  computed: attribute.mode === "computed" || attribute.mode === "optionalComputed",
  sensitive: attribute.sensitive === true,
});
