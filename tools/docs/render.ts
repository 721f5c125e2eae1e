/**
 * The provider's documentation in the layout of the Terraform registry (docs/index.md, docs/resources/NAME.md,
 * docs/data-sources/NAME.md), from its schemas and from the examples beside it. Pure.
 */
import type { Attribute, Attributes, Schema } from "../../provider/src/schema/attribute";

export interface Page {
  readonly kind: "Provider" | "Resource" | "Data Source";
  /** Terraform type; "dvce" for the provider. */
  readonly type: string;
  readonly schema: Schema;
  /** Configuration that shows how it is used. */
  readonly example: string;
  /** Commands that import one. */
  readonly importExample?: string;
}

/** One page as Markdown. */
export function renderPage(page: Page): string {
  const { kind, type, schema, example, importExample } = page;
  const title = kind === "Provider" ? "dvce Provider" : `${type} ${kind} - dvce`;
  const heading = kind === "Provider" ? "dvce Provider" : `${type} (${kind})`;
  return [
    "---",
    `page_title: ${JSON.stringify(title)}`,
    'subcategory: ""',
    "description: |-",
    `  ${schema.description}`,
    "---",
    "",
    `# ${heading}`,
    "",
    schema.description,
    "",
    "## Example Usage",
    "",
    "```terraform",
    example.trimEnd(),
    "```",
    "",
    "## Schema",
    "",
    ...renderAttributes(schema.attributes, [], "###"),
    ...(importExample === undefined
      ? []
      : [
          "## Import",
          "",
          "It is imported by its name in the pool:",
          "",
          "```shell",
          importExample.trimEnd(),
          "```",
          "",
        ]),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n");
}

const groups = [
  { title: "Required", holds: (attribute: Attribute) => attribute.mode === "required" },
  { title: "Optional", holds: (attribute: Attribute) => attribute.mode.startsWith("optional") },
  { title: "Read-Only", holds: (attribute: Attribute) => attribute.mode === "computed" },
];

function renderAttributes(attributes: Attributes, path: readonly string[], level: string): string[] {
  const entries = Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
  const lists = groups.flatMap(({ title, holds }) => {
    const held = entries.filter(([, attribute]) => holds(attribute));
    if (held.length === 0) return [];
    const heading = path.length === 0 ? `${level} ${title}` : `${title}:`;
    return [heading, "", ...held.map(([name, attribute]) => renderAttribute([...path, name], attribute)), ""];
  });
  const nested = entries.flatMap(([name, attribute]) =>
    attribute.kind === "nested" ? renderNested([...path, name], attribute.attributes, level) : [],
  );
  return [...lists, ...nested];
}

const anchorOf = (path: readonly string[]): string => `nestedatt--${path.join("--")}`;

const renderNested = (path: readonly string[], attributes: Attributes, level: string): string[] => [
  `<a id="${anchorOf(path)}"></a>`,
  "",
  `${level} Nested Schema for \`${path.join(".")}\``,
  "",
  ...renderAttributes(attributes, path, level),
];

function renderAttribute(path: readonly string[], attribute: Attribute): string {
  const type = attribute.sensitive === true ? `${typeOf(attribute)}, Sensitive` : typeOf(attribute);
  const replaces = attribute.replaces === true ? " A change makes a new one." : "";
  const nested = attribute.kind === "nested" ? ` (see [below](#${anchorOf(path)}))` : "";
  return `- \`${path.at(-1) ?? ""}\` (${type}) ${escape(attribute.description)}${replaces}${nested}`;
}

/** So that `<cluster>-<member>` is no HTML. */
const escape = (text: string): string => text.replaceAll("<", "\\<");

const primitives = { string: "String", number: "Number", bool: "Boolean" } as const;
const nestings = { map: "Attributes Map", list: "Attributes List", single: "Attributes" } as const;

function typeOf(attribute: Attribute): string {
  if (attribute.kind === "nested") return nestings[attribute.nesting];
  if (attribute.kind === "map") return `Map of ${primitives[attribute.element]}`;
  return attribute.kind === "list" ? `List of ${primitives[attribute.element]}` : primitives[attribute.kind];
}
