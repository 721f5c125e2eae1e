import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const repository = path.resolve(__dirname, "../..");
const run = promisify(execFile);

interface Message {
  readonly ruleId: string;
  readonly message: string;
}

/**
 * What the import rule says of a file with these imports at this place. ESLint's configuration is an ES module, so it
 * runs as a command; only the layer rules are applied, for the file need not exist.
 */
async function messages(filePath: string, imports: readonly string[]): Promise<string[]> {
  const script = `
    import { ESLint } from "eslint";
    import tseslint from "typescript-eslint";
    import { layerRules } from "./tools/lint/layers.mjs";
    const eslint = new ESLint({
      overrideConfigFile: true,
      overrideConfig: [{ files: ["**/*.ts"], languageOptions: { parser: tseslint.parser } }, ...layerRules],
    });
    const [result] = await eslint.lintText(process.argv[1], { filePath: process.argv[2] });
    console.log(JSON.stringify(result.messages));
  `;
  const source = imports.map((name) => `import "${name}";`).join("\n");
  const { stdout } = await run(
    process.execPath,
    ["--input-type=module", "--eval", script, source, filePath],
    {
      cwd: repository,
    },
  );
  return (JSON.parse(stdout) as Message[]).map(({ message }) => message);
}

describe("import direction", () => {
  it.each([
    ["api/src/x.ts", "@dvce/image"],
    ["image/src/x.ts", "@dvce/service"],
    ["service/src/routes/x.ts", "@dvce/provider"],
    ["provider/src/resources/x.ts", "@dvce/service"],
    ["provider/src/resources/x.ts", "../../../service/src/store"],
    ["modules/src/x.ts", "@dvce/provider"],
    ["modules/bindings/libvirt/src/x.ts", "@dvce/modules"],
    ["service/src/placement/solve/x.ts", "../../store"],
    ["service/src/store/x.ts", "../agent/files"],
    ["service/src/history/x.ts", "../routes"],
    ["service/src/routes/x.ts", "../agent/agent"],
  ])("refuses in %s an import of %s", async (file, name) => {
    await expect(messages(file, [name])).resolves.toEqual([expect.stringContaining("may import")]);
  });

  it.each([
    ["image/src/x.ts", ["@dvce/api", "./image", "../image"]],
    ["service/src/routes/x.ts", ["@dvce/api", "@dvce/image", "../controller/controller"]],
    ["service/src/history/x.ts", ["../state", "../state/events-table"]],
    ["modules/src/image/x.ts", ["@cdktf/provider-libvirt", "@dvce/provider-bindings", "cdktf"]],
    ["provider/src/resources/image/x.ts", ["../image", "@dvce/image"]],
    ["service/src/store/x.test.ts", ["../agent/files"]],
  ])("accepts in %s imports of %j", async (file, names) => {
    await expect(messages(file, names)).resolves.toEqual([]);
  });

  it("is part of the repository's own configuration", async () => {
    const { stdout } = await run(
      process.execPath,
      ["node_modules/eslint/bin/eslint.js", "--print-config", "service/src/placement/x.ts"],
      { cwd: repository },
    );
    expect(stdout).toContain("service/src/placement may import no other folder of the service");
  });

  it("knows every folder of the service", async () => {
    const script = `import { serviceFolderNames } from "./tools/lint/layers.mjs"; console.log(serviceFolderNames.join());`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: repository,
    });
    const entries = await readdir(path.join(repository, "service/src"), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(stdout.trim().split(",")).toEqual(expect.arrayContaining(folders));
  });
});
