/** Unit suites lie beside the source; suites that need real servers lie in test/, one project each. */
const transform = {
  "^.+\\.[cm]?[jt]sx?$": [
    "@swc/jest",
    { jsc: { target: "es2024", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
  ],
};
// Published as ES modules only, hence compiled for the tests, which run as CommonJS.
const transformIgnorePatterns = ["/node_modules/(?!(cookie)/)"];
const base = {
  transform,
  transformIgnorePatterns,
  testEnvironment: "node",
  modulePathIgnorePatterns: ["/dist/", "/cdktf.out/", "<rootDir>/.cache/"],
};

module.exports = {
  projects: [
    {
      ...base,
      displayName: "unit",
      testMatch: [
        "<rootDir>/{api,image,service,provider,modules,tools,bench,examples}/**/*.test.ts",
        "<rootDir>/test/controller/**/*.test.ts", // needs neither root nor libvirt
      ],
    },
    // These need root and libvirt, and run in band: `jest --runInBand --selectProjects NAME`.
    ...["dev-pool", "gateway", "provider", "acceptance"].map((name) => ({
      ...base,
      displayName: name,
      testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
    })),
  ],
};
