/** The versions that set-up pins, with the checksums that what it downloads must have. */

export const minimumTerraform = "1.8.0";
export const minimumOpentofu = "1.8.0";

/** A Go command that is built from the module proxy. */
export interface GoModulePin {
  readonly module: string;
  readonly version: string;
  /** The module's hash in the Go checksum database (`h1:` and base64). */
  readonly sum: string;
  /** Package of the command, relative to the module. */
  readonly package: string;
  readonly linkerFlags: string;
}

export const opentofu: GoModulePin = {
  module: "github.com/opentofu/opentofu",
  version: "v1.10.10",
  sum: "h1:ELFHOkY0x/bHvkgBP4KK3i7Y19CSFuHOyeZOLc0cqWY=",
  package: "./cmd/tofu",
  linkerFlags: "-s -w -X github.com/opentofu/opentofu/version.dev=no",
};

export const libvirtProvider: GoModulePin = {
  module: "github.com/dmacvicar/terraform-provider-libvirt",
  version: "v0.8.3",
  sum: "h1:E6ftS8RMCoCopzSYlsMt7gBkmtoSoV80f+648EAjyx8=",
  package: ".",
  linkerFlags: "-s -w",
};

/** Writes and reads `.caibx` and chunk stores, as the tests and benchmarks compare with. */
export const desync: GoModulePin = {
  module: "github.com/folbricht/desync",
  version: "v1.0.0",
  sum: "h1:DTIJhsxqb/c4KOTeuOyWWK2mLz4OnamwquNju6tC2rI=",
  package: "./cmd/desync",
  linkerFlags: "-s -w",
};

/** The Go toolchain for machines without one; OpenTofu's go.mod asks for this version or a later one. */
export const goToolchain = {
  version: "1.24.13",
  /** Of `v0.0.1-go1.24.13.linux-amd64.zip`. */
  sha256: "d2b048367a3d1a748b87f756fa06df12ce3b419e1d5f2a3612acb8950d615f9f",
};

/** Version of the dvce provider in the mirror and in the stacks that use it. */
export const dvceProviderVersion = "0.1.0";

export type Version = readonly [major: number, minor: number, patch: number];

/** The first version in a text such as `go version go1.24.13 linux/amd64`; a missing patch counts as 0. */
export function parseVersion(text: string): Version | undefined {
  const match = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? "0")];
}

/** Whether the version in `text` is `minimum` or later; false where there is none. */
export function isAtLeast(text: string, minimum: string): boolean {
  const version = parseVersion(text);
  const bound = parseVersion(minimum);
  if (version === undefined || bound === undefined) return false;
  for (const part of [0, 1, 2] as const)
    if (version[part] !== bound[part]) return version[part] > bound[part];
  return true;
}
