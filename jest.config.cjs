/** Unit suites lie beside the source; suites that need real servers lie in test/, one project each. */
const transform = {
  "^.+\\.[cm]?[jt]sx?$": [
    "@swc/jest",
    { jsc: { target: "es2024", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
  ],
};
const base = { transform, testEnvironment: "node", modulePathIgnorePatterns: ["/dist/", "/cdktf.out/", "<rootDir>/.cache/"] };

module.exports = {
  projects: [
    {
      ...base,
      displayName: "unit",
      testMatch: [
        "<rootDir>/{api,image,service,provider,modules,tools,bench,examples}/**/*.test.ts",
      ],
    },
  ],
};
