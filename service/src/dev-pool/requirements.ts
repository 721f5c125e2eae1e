/** Checks that this machine can carry a development pool, before anything is made. */
import { DvceError } from "@dvce/api";
import { run } from "./run";

const tools: readonly { readonly command: readonly string[]; readonly debianPackage: string }[] = [
  { command: ["ip", "-V"], debianPackage: "iproute2" },
  { command: ["tc", "-V"], debianPackage: "iproute2" },
  { command: ["unshare", "--version"], debianPackage: "util-linux" },
  { command: ["nsenter", "--version"], debianPackage: "util-linux" },
  { command: ["libvirtd", "--version"], debianPackage: "libvirt-daemon" },
  { command: ["virsh", "--version"], debianPackage: "libvirt-clients" },
  { command: ["qemu-img", "--version"], debianPackage: "qemu-utils" },
  { command: ["qemu-system-x86_64", "--version"], debianPackage: "qemu-system-x86" },
  { command: ["genisoimage", "--version"], debianPackage: "genisoimage" },
];

/** Throws DVCE_HOST_UNSUPPORTED that names everything missing and what to do. */
export async function checkRequirements(): Promise<void> {
  const problems: string[] = [];
  if (process.platform !== "linux") problems.push("it needs Linux (network and mount namespaces)");
  if (process.getuid?.() !== 0) problems.push("it needs root: run it again with sudo");
  if (problems.length === 0) {
    const missing = new Set<string>();
    for (const { command, debianPackage } of tools) {
      const found = await run(command).then(
        (result) => result.code === 0,
        () => false,
      );
      if (!found) missing.add(debianPackage);
    }
    if (missing.size > 0) {
      problems.push(
        `programs are missing: run \`apt-get install --no-install-recommends ${[...missing].join(" ")}\``,
      );
    }
    const namespaces = await run(["unshare", "--mount", "--net", "true"]).catch(() => undefined);
    if (namespaces !== undefined && namespaces.code !== 0) {
      problems.push(
        `namespaces cannot be made (${namespaces.stderr.trim()}): run it on a machine or in a container ` +
          "with CAP_SYS_ADMIN and CAP_NET_ADMIN",
      );
    }
  }
  if (problems.length > 0) {
    throw new DvceError(
      "DVCE_HOST_UNSUPPORTED",
      `A development pool cannot run here: ${problems.join("; ")}.`,
    );
  }
}
