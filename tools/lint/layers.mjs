/**
 * Which part may import which: dependencies point one way, so that each part can be understood, tested and shipped
 * without what is built on it. `eslint.config.mjs` turns these tables into rules; tests may import anything.
 */

/** Workspaces: their folder, their package names, and the workspaces that they may import. */
export const workspaces = {
  api: { folder: "api", names: ["@dvce/api"], mayImport: [] },
  image: { folder: "image", names: ["@dvce/image"], mayImport: ["api"] },
  service: { folder: "service", names: ["@dvce/service"], mayImport: ["api", "image"] },
  provider: { folder: "provider", names: ["@dvce/provider"], mayImport: ["api", "image"] },
  bindings: {
    folder: "modules/bindings",
    names: ["@cdktf/provider-libvirt", "@dvce/provider-bindings"],
    mayImport: [],
  },
  modules: { folder: "modules", names: ["@dvce/modules"], mayImport: ["api", "bindings"] },
  examples: { folder: "examples", names: ["@dvce/example-web-cluster"], mayImport: ["bindings", "modules"] },
};

/** Folders of service/src that import no other folder of it but those named; the folders not listed are free. */
export const serviceFolders = {
  casync: [],
  placement: [],
  store: [],
  state: [],
  gateway: [],
  nbd: [],
  history: ["state"],
  scrub: ["store"],
  routes: ["auth", "controller", "plugins"],
};

/** Every folder of service/src; a test compares this with the disk. */
export const serviceFolderNames = [
  "agent",
  "agent-link",
  "auth",
  "base",
  "boot-profile",
  "casync",
  "cli",
  "collect",
  "controller",
  "dev-pool",
  "fill",
  "gateway",
  "history",
  "hydration",
  "nbd",
  "peers",
  "placement",
  "plugins",
  "rate",
  "restore",
  "routes",
  "scrub",
  "state",
  "store",
  "volumes",
];

/**
 * The same for provider/src. What the wire carries is known to `rpc` alone, which turns it into values of a schema and back:
 * resources and data sources are written in those, and know neither protocol nor process.
 */
export const providerFolders = {
  log: [],
  run: [],
  codec: ["diagnostics", "schema"],
  diagnostics: ["codec"],
  schema: ["codec", "diagnostics"],
  plugin: ["codec"],
  resources: ["codec", "diagnostics", "log", "run", "schema"],
  "data-sources": ["codec", "diagnostics", "log", "resources", "run", "schema"],
};

/** Every folder of provider/src; a test compares this with the disk. */
export const providerFolderNames = [...Object.keys(providerFolders), "provider", "rpc"];

const tests = ["**/*.test.ts", "**/test-support/**"];

const list = (names) => names.join(" and ");

function workspacePattern(name) {
  const { mayImport } = workspaces[name];
  const others = Object.keys(workspaces).filter((other) => other !== name && !mayImport.includes(other));
  const packages = others.flatMap((other) => workspaces[other].names);
  // A path that climbs out of this workspace into another one's source. `../image` alone is none: a folder of that
  // name may well lie in this workspace.
  const folders = others.map((other) => `(\\.\\./)+${workspaces[other].folder}/(.*/)?src`);
  return {
    regex: `^(${[...packages, ...folders].join("|")})(/|$)`,
    message: `${name} may import ${mayImport.length === 0 ? "no other workspace" : list(mayImport)}; see tools/lint/layers.mjs.`,
  };
}

function folderPattern(workspace, folder, mayImport, names) {
  const others = names.filter((other) => other !== folder && !mayImport.includes(other));
  return {
    regex: `^(\\.\\./)+(${others.join("|")})(/|$)`,
    message: `${workspace}/src/${folder} may import ${mayImport.length === 0 ? "no other folder" : list(mayImport)} of the ${workspace}; see tools/lint/layers.mjs.`,
  };
}

const folderRules = (workspace, folders, names) =>
  Object.entries(folders).map(([folder, mayImport]) =>
    rule(
      [`${workspace}/src/${folder}/**/*.ts`],
      [workspacePattern(workspace), folderPattern(workspace, folder, mayImport, names)],
      tests,
    ),
  );

function rule(files, patterns, ignores) {
  return { files, ignores, rules: { "no-restricted-imports": ["error", { patterns }] } };
}

/** ESLint configuration objects; for a file that several match, the last one counts. */
export const layerRules = [
  ...Object.entries(workspaces).map(([name, { folder }]) =>
    rule(
      [`${folder}/**/*.ts`],
      [workspacePattern(name)],
      name === "modules" ? [...tests, "modules/bindings/**"] : tests,
    ),
  ),
  ...folderRules("service", serviceFolders, serviceFolderNames),
  ...folderRules("provider", providerFolders, providerFolderNames),
];
