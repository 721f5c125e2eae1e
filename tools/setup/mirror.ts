import path from "node:path";

/**
 * Terraform's file-system mirror, unpacked layout: HOST/NAMESPACE/TYPE/VERSION/TARGET/terraform-provider-TYPE_vVERSION
 * (https://developer.hashicorp.com/terraform/cli/config/config-file#filesystem_mirror). A provider without a
 * host in its source belongs to Terraform's registry under Terraform and to OpenTofu's under OpenTofu, so each
 * provider lies there under both.
 */
export interface MirroredProvider {
  /** `namespace/type`. */
  readonly source: string;
  /** Without a leading v. */
  readonly version: string;
}

export const registryHosts = ["registry.terraform.io", "registry.opentofu.org"] as const;

/** Path of the provider's executable below the mirror's root, for one registry and one platform (`OS_ARCHITECTURE`). */
export function mirrorPath(host: string, provider: MirroredProvider, target = "linux_amd64"): string {
  const type = path.basename(provider.source);
  return path.join(
    ...[host, provider.source, provider.version, target, `terraform-provider-${type}_v${provider.version}`],
  );
}

/** Terraform CLI configuration: these providers from the mirror alone, all others from where they come from. */
export function cliConfig(mirrorDirectory: string, providers: readonly MirroredProvider[]): string {
  const addresses = registryHosts
    .flatMap((host) => providers.map((provider) => `"${host}/${provider.source}"`))
    .join(", ");
  return [
    "disable_checkpoint = true",
    "",
    "provider_installation {",
    "  filesystem_mirror {",
    `    path    = ${JSON.stringify(mirrorDirectory)}`,
    `    include = [${addresses}]`,
    "  }",
    "  direct {",
    `    exclude = [${addresses}]`,
    "  }",
    "}",
    "",
  ].join("\n");
}
