import { readFile } from "node:fs/promises";
import path from "node:path";
import { CommandError, execute } from "./execute";
import type { CacheLayout } from "./paths";
import type { Progress } from "./progress";

/** The Debian packages that the pool, the image and the tests use; the same names hold on Ubuntu. */
export const systemPackages = [
  "ca-certificates",
  "casync",
  "debian-archive-keyring",
  "e2fsprogs",
  "fdisk",
  "genisoimage",
  "gpg",
  "iproute2",
  "ipxe-qemu",
  "libvirt-clients",
  "libvirt-daemon-system",
  "mmdebstrap",
  "nftables",
  "procps",
  "qemu-system-x86",
  "qemu-utils",
  "seabios",
  "unzip",
];

/** What only benchmarks run: the peers of the NBD server. */
export const benchmarkPackages = ["libnbd-bin", "nbdkit"];

/** Runs programs for arm64, as the test of what is released does. */
export const arm64Packages = ["libatomic1-arm64-cross", "libstdc++6-arm64-cross", "qemu-user"];

/** Names and values of /etc/os-release. */
export function parseOsRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([A-Z_]+)=(?:"(.*)"|(.*))$/.exec(line.trim());
    if (match?.[1] !== undefined) values.set(match[1], match[2] ?? match[3] ?? "");
  }
  return values;
}

/** True on Debian, Ubuntu and what is derived from them. */
export function usesDebianPackages(osRelease: string): boolean {
  const values = parseOsRelease(osRelease);
  const names = `${values.get("ID") ?? ""} ${values.get("ID_LIKE") ?? ""}`.split(" ");
  return names.includes("debian") || names.includes("ubuntu");
}

/**
 * What is missing of `wanted`, from lines of `dpkg-query -W -f '${Package} ${db:Status-Status}\n'`, which leaves out
 * packages that dpkg never heard of.
 */
export function missingPackages(wanted: readonly string[], dpkgQueryOutput: string): string[] {
  const installed = new Set(
    dpkgQueryOutput
      .split("\n")
      .map((line) => line.split(" "))
      .filter(([, status]) => status === "installed")
      .map(([name]) => name),
  );
  return wanted.filter((name) => !installed.has(name));
}

/**
 * Installs the missing ones of {@link systemPackages}, and of {@link benchmarkPackages} and {@link arm64Packages} where
 * those are asked for, with sudo where this process is not root's.
 * @throws Error on a system without dpkg, naming what to install; CommandError where apt-get fails.
 */
export async function ensureSystemPackages(
  layout: CacheLayout,
  progress: Progress,
  options: { readonly benchmarks?: boolean; readonly arm64?: boolean } = {},
): Promise<void> {
  const osRelease = await readFile("/etc/os-release", "utf8").catch(() => "");
  if (!usesDebianPackages(osRelease)) {
    const name = parseOsRelease(osRelease).get("PRETTY_NAME") ?? process.platform;
    throw new Error(
      `Set-up installs its tools with apt-get and knows Debian 12 and Ubuntu 24.04; this is ${name}. ` +
        "Run it in a Debian 12 or Ubuntu 24.04 machine.",
    );
  }
  const wanted = [
    ...systemPackages,
    ...(options.benchmarks === true ? benchmarkPackages : []),
    ...(options.arm64 === true ? arm64Packages : []),
  ];
  const missing = missingPackages(wanted, await queryPackages(wanted));
  if (missing.length === 0) return;
  await progress.step(`Debian packages: ${missing.join(" ")}`, async (update) => {
    const install = ["install", "--yes", "--no-install-recommends", ...missing];
    const logPath = path.join(layout.logDirectory, "apt.log");
    try {
      await aptGet(install, logPath, update);
    } catch (error) {
      // A fresh machine has no package lists yet, and old lists name packages that the archive no longer has.
      if (
        !(error instanceof CommandError) ||
        !/Unable to (locate|fetch)|no installation candidate|Failed to fetch/.test(error.output)
      )
        throw error;
      update("package lists");
      await aptGet(["update"], path.join(layout.logDirectory, "apt-update.log"), update);
      await aptGet(install, logPath, update);
    }
  });
}

async function queryPackages(names: readonly string[]): Promise<string> {
  const format = "${Package} ${db:Status-Status}\n";
  // Status 1 says that some names are unknown; what is known was printed all the same.
  return await execute("dpkg-query", ["--show", `--showformat=${format}`, ...names]).catch(
    (error: unknown) => {
      if (error instanceof CommandError && error.output !== "") return error.output;
      throw error;
    },
  );
}

async function aptGet(
  parameters: readonly string[],
  logPath: string,
  update: (detail: string) => void,
): Promise<void> {
  const command = [
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    "-o",
    "DPkg::Lock::Timeout=300",
    ...parameters,
  ];
  const [program = "env", ...rest] = process.getuid?.() === 0 ? command : ["sudo", ...command];
  await execute(program, rest, {
    logPath,
    onLine: (line) => {
      const match = /^(Get|Unpacking|Setting up)\S* (\S+)/.exec(line);
      if (match !== null) update(`${match[1] ?? ""} ${match[2] ?? ""}`);
    },
  });
}
