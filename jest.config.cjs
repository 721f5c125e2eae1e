/** Unit suites lie beside the source; suites that need real servers lie in test/ and run one after another. */
const transform = {
  "^.+\\.[cm]?[jt]sx?$": [
    "@swc/jest",
    { jsc: { target: "es2024", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
  ],
};
const base = {
  transform,
  testEnvironment: "node",
  modulePathIgnorePatterns: ["/dist/", "/cdktf.out/", "<rootDir>/.cache/", "<rootDir>/out/"],
};

module.exports = {
  projects: [
    {
      ...base,
      displayName: "unit",
      testMatch: ["<rootDir>/{api,image,service,provider,modules,tools,bench,examples}/**/*.test.ts"],
    },
    {
      ...base,
      displayName: "integration",
      testMatch: ["<rootDir>/test/**/*.test.ts"],
      testPathIgnorePatterns: ["/node_modules/", "<rootDir>/test/acceptance/"],
    },
    { ...base, displayName: "acceptance", testMatch: ["<rootDir>/test/acceptance/**/*.test.ts"] },
  ],
};
