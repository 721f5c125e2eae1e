/**
 * `unit`: suites beside the source. Every folder of test/ is a project of its own name, for suites that need real
 * servers, mostly root too; run those one after another: `jest --runInBand --selectProjects NAME`.
 */
const { readdirSync } = require("node:fs");
const path = require("node:path");

const transform = {
  "^.+\\.[cm]?[jt]sx?$": [
    "@swc/jest",
    { jsc: { target: "es2024", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
  ],
};
// Published as ES modules only, hence compiled for the tests, which run as CommonJS.
const transformIgnorePatterns = ["/node_modules/(?!(cookie|commander)/)"];
const base = {
  transform,
  transformIgnorePatterns,
  testEnvironment: "node",
  modulePathIgnorePatterns: ["/dist/", "/cdktf.out/", "<rootDir>/.cache/", "<rootDir>/out/"],
};

const testDirectory = path.join(__dirname, "test");
const serverProjects = readdirSync(testDirectory, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "controller")
  .map(({ name }) => name)
  .filter((name) =>
    readdirSync(path.join(testDirectory, name), { recursive: true }).some((file) =>
      String(file).endsWith(".test.ts"),
    ),
  );

module.exports = {
  // Far more than any unit test takes: a machine that does much else must not fail one.
  testTimeout: 60_000,
  projects: [
    {
      ...base,
      displayName: "unit",
      testMatch: [
        "<rootDir>/{api,image,service,provider,modules,tools,bench,examples}/**/*.test.ts",
        "<rootDir>/test/controller/**/*.test.ts", // needs neither root nor libvirt
      ],
    },
    ...serverProjects.map((name) => ({
      ...base,
      displayName: name,
      testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
    })),
  ],
};
