import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { nestedOne, number, string } from "../../provider/src/schema/attribute";
import { docsDirectory, renderDocs } from "./pages";
import { renderPage } from "./render";

test("provider/docs is what the schemas and examples give (else: npm run docs)", () => {
  const fresh = renderDocs();
  const committed = readdirSync(docsDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(docsDirectory, path.join(entry.parentPath, entry.name)));
  expect(committed.sort()).toEqual([...fresh.keys()].sort());
  for (const [file, text] of fresh) {
    expect({ file, text: readFileSync(path.join(docsDirectory, file), "utf8") }).toEqual({ file, text });
  }
});

test("a page tells who gives each attribute, what is secret, and what a change costs", () => {
  const page = renderPage({
    kind: "Resource",
    type: "dvce_thing",
    example: 'resource "dvce_thing" "one" {}\n',
    importExample: "terraform import dvce_thing.one one\n",
    schema: {
      version: 0,
      description: "A thing.",
      attributes: {
        size: number("computed", { description: "Its size." }),
        secret: string("optional", { description: "A word.", sensitive: true }),
        name: string("required", { description: "Its name.", replaces: true }),
        limits: nestedOne(
          "optional",
          { most: number("optional", { description: "At most." }) },
          { description: "Limits." },
        ),
      },
    },
  });
  expect(page).toContain("### Required\n\n- `name` (String) Its name. A change makes a new one.\n");
  expect(page).toContain("- `secret` (String, Sensitive) A word.\n");
  expect(page).toContain("- `limits` (Attributes) Limits. (see [below](#nestedatt--limits))\n");
  expect(page).toContain("### Nested Schema for `limits`\n\nOptional:\n\n- `most` (Number) At most.\n");
  expect(page).toContain("### Read-Only\n\n- `size` (Number) Its size.\n");
  expect(page).toContain("```shell\nterraform import dvce_thing.one one\n```");
});
