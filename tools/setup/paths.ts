import path from "node:path";

/** The checkout that these tools belong to. */
export const repositoryDirectory = path.resolve(__dirname, "../..");

/** Where each thing that set-up makes lies, under one folder that can be deleted at any time. */
export interface CacheLayout {
  readonly cacheDirectory: string;
  /** Full output of long commands, one file a step. */
  readonly logDirectory: string;
  /** Go toolchain, its module cache and its build cache. */
  readonly goDirectory: string;
  readonly opentofuPath: string;
  /** Node programs that executables are made of, one folder a version. */
  readonly nodeDirectory: string;
  readonly desyncPath: string;
  /** Root of the Terraform file-system mirror. */
  readonly mirrorDirectory: string;
  readonly cliConfigPath: string;
  readonly imageDirectory: string;
  readonly imagePath: string;
  /** Held while set-up changes anything in the folder. */
  readonly lockPath: string;
}

/**
 * The layout below `cacheDirectory`, which defaults to DVCE_CACHE_DIR and then to `.cache` of the repository.
 */
export function cacheLayout(
  cacheDirectory = path.resolve(process.env["DVCE_CACHE_DIR"] ?? path.join(repositoryDirectory, ".cache")),
): CacheLayout {
  return {
    cacheDirectory,
    logDirectory: path.join(cacheDirectory, "logs"),
    goDirectory: path.join(cacheDirectory, "go"),
    opentofuPath: path.join(cacheDirectory, "opentofu", "tofu"),
    nodeDirectory: path.join(cacheDirectory, "node"),
    desyncPath: path.join(cacheDirectory, "desync", "desync"),
    mirrorDirectory: path.join(cacheDirectory, "terraform", "mirror"),
    cliConfigPath: path.join(cacheDirectory, "terraform", "cli.tfrc"),
    imageDirectory: path.join(cacheDirectory, "images"),
    imagePath: path.join(cacheDirectory, "images", "debian-12.qcow2"),
    lockPath: path.join(cacheDirectory, "setup.lock"),
  };
}
