/** What set-up is asked for and what it answers; the demo, the tests and the benchmarks depend on these only. */

/** What one run needs beyond the parts that every run needs. */
export interface SetupOptions {
  /** Build the Debian image too, see tools/image. */
  readonly image: boolean;
  /** Make OpenTofu available too, also where Terraform is on PATH. */
  readonly opentofu: boolean;
  /** Make desync available too, which the tests of other tools' formats and some benchmarks run. Default false. */
  readonly desync?: boolean;
  /** Install the Debian packages that only benchmarks run. Default false. */
  readonly benchmarks?: boolean;
  /** Install what runs programs for arm64. Default false. */
  readonly arm64?: boolean;
}

/** Absolute paths of what set-up made available. */
export interface SetupPaths {
  /** `terraform`, or OpenTofu's `tofu` where no Terraform was found on PATH. */
  readonly terraformPath: string;
  /** OpenTofu's `tofu`; undefined unless asked for or used in place of Terraform. */
  readonly opentofuPath: string | undefined;
  /** Terraform CLI configuration whose file-system mirror holds both providers: the value of TF_CLI_CONFIG_FILE. */
  readonly cliConfigPath: string;
  /** desync; undefined unless asked for. */
  readonly desyncPath: string | undefined;
  /** The Debian 12 image (qcow2); undefined unless asked for. */
  readonly imagePath: string | undefined;
  /** The `cdktf` command of this repository. */
  readonly cdktfPath: string;
  /** The one ignored folder that everything is kept under. */
  readonly cacheDirectory: string;
}
