import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const repository = path.resolve(__dirname, "../..");
const run = promisify(execFile);

const refused = [
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
  ["provider/src/resources/cluster/x.ts", "../../rpc/messages"],
  ["provider/src/data-sources/nodes/x.ts", "../../plugin/serve"],
  ["provider/src/schema/x.ts", "../rpc/convert"],
] as const;

const accepted = [
  ["image/src/x.ts", "@dvce/api"],
  ["image/src/x.ts", "./image"],
  ["service/src/routes/x.ts", "@dvce/image"],
  ["service/src/routes/x.ts", "../controller/controller"],
  ["service/src/history/x.ts", "../state/events-table"],
  ["modules/src/image/x.ts", "@cdktf/provider-libvirt"],
  ["modules/src/image/x.ts", "cdktf"],
  ["provider/src/resources/image/x.ts", "../image"],
  ["provider/src/resources/image/x.ts", "../../codec/known"],
  ["provider/src/rpc/x.ts", "../resources/resource"],
  ["service/src/store/x.test.ts", "../agent/files"],
] as const;

/**
 * Lints each import as the only line of its file. ESLint's configuration is an ES module, which jest's CommonJS
 * cannot load, so it runs as a command; only the layer rules are applied, for the files do not exist.
 * @returns the messages, one list a case.
 */
async function lint(cases: readonly (readonly [file: string, name: string])[]): Promise<string[][]> {
  const script = `
    import { ESLint } from "eslint";
    import tseslint from "typescript-eslint";
    import { layerRules } from "./tools/lint/layers.mjs";
    const eslint = new ESLint({
      overrideConfigFile: true,
      overrideConfig: [{ files: ["**/*.ts"], languageOptions: { parser: tseslint.parser } }, ...layerRules],
    });
    const answers = [];
    for (const [filePath, name] of JSON.parse(process.argv[1])) {
      const [result] = await eslint.lintText('import "' + name + '";', { filePath });
      answers.push(result.messages.map(({ message }) => message));
    }
    console.log(JSON.stringify(answers));
  `;
  const { stdout } = await run(
    process.execPath,
    ["--input-type=module", "--eval", script, JSON.stringify(cases)],
    { cwd: repository },
  );
  return JSON.parse(stdout) as string[][];
}

jest.setTimeout(120_000);

describe("import direction", () => {
  let answers: string[][];

  beforeAll(async () => {
    answers = await lint([...refused, ...accepted]);
  });

  it.each(refused.map(([file, name], index) => [file, name, index] as const))(
    "refuses in %s an import of %s",
    (_file, _name, index) => {
      expect(answers[index]).toEqual([expect.stringContaining("may import")]);
    },
  );

  it.each(accepted.map(([file, name], index) => [file, name, refused.length + index] as const))(
    "accepts in %s an import of %s",
    (_file, _name, index) => {
      expect(answers[index]).toEqual([]);
    },
  );

  it("is part of the repository's own configuration", async () => {
    const { stdout } = await run(
      process.execPath,
      ["node_modules/eslint/bin/eslint.js", "--print-config", "service/src/placement/snapshot.ts"],
      { cwd: repository },
    );
    expect(stdout).toContain("service/src/placement may import no other folder of the service");
  });

  it.each([
    ["service", "serviceFolderNames"],
    ["provider", "providerFolderNames"],
  ])("knows every folder of the %s", async (workspace, names) => {
    const script = `import { ${names} } from "./tools/lint/layers.mjs"; console.log(${names}.join());`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: repository,
    });
    const entries = await readdir(path.join(repository, workspace, "src"), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    expect(stdout.trim().split(",")).toEqual(expect.arrayContaining(folders));
  });
});
