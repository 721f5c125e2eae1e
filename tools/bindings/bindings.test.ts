import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { exportDvceSchema, formatSchema, pruneSchema, readCommittedSchema, schemaPath } from "./schema";
import { dvceTarget, libvirtTarget, type BindingsTarget } from "./targets";

// The generator's libraries report their errors to a server unless told not to; they look when they are loaded.
process.env["CHECKPOINT_DISABLE"] = "1";

function committed(target: BindingsTarget): Map<string, string> {
  const directory = join(target.directory, "lib");
  const paths = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    paths.map((path) => [
      path
        .slice(directory.length + 1)
        .split(sep)
        .join("/"),
      readFileSync(path, "utf8"),
    ]),
  );
}

describe("provider bindings", () => {
  it.each([libvirtTarget, dvceTarget])(
    "are what the committed schema of $name generates (else: npm run bindings)",
    async (target) => {
      const { generateBindings } = await import("./generate");
      const fresh = await generateBindings(target, readCommittedSchema(target));
      const found = committed(target);
      expect([...found.keys()].sort()).toEqual([...fresh.keys()]);
      for (const [path, content] of fresh) {
        if (found.get(path) !== content)
          throw new Error(`${target.name}/lib/${path} is not what is generated`);
      }
    },
    60_000,
  );

  it("of dvce follow the provider's schema (else: npm run bindings)", () => {
    expect(readFileSync(schemaPath(dvceTarget), "utf8")).toBe(formatSchema(exportDvceSchema()));
  });

  it("import one name of the CDK only", () => {
    for (const target of [libvirtTarget, dvceTarget]) {
      for (const [path, content] of committed(target)) {
        const imports = [...content.matchAll(/(?:from |require\()['"]([^.'"][^'"]*)['"]/g)].map(
          (match) => match[1],
        );
        expect({ path, other: imports.filter((name) => name !== "cdktf" && name !== "constructs") }).toEqual({
          path,
          other: [],
        });
      }
    }
  });

  it("name the resource that a schema lacks", () => {
    const target = { ...libvirtTarget, resources: ["libvirt_domain", "libvirt_secret"] };
    expect(() => pruneSchema(target, readCommittedSchema(libvirtTarget))).toThrow(
      "The schema of dmacvicar/libvirt has no resource libvirt_secret",
    );
    expect(() => pruneSchema(libvirtTarget, readCommittedSchema(dvceTarget))).toThrow(
      "The schema of dmacvicar/libvirt holds no provider of that name",
    );
  });
});
