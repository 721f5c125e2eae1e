/**
 * Installs packages into the system on a disk as an image pipeline does: through the kernel's own ext4, which
 * allocates blocks for new files and leaves old ones where they are, and cleaned up after. Needs root and a loop
 * device.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { partitionOffsetBytes } from "../../../tools/image/definition";
import { execute } from "../../../tools/setup/execute";

/** A small web server with its database and the tools to build what it serves. */
export const serverPackages: readonly string[] = [
  "build-essential",
  "git",
  "nginx",
  "postgresql",
  "python3-venv",
  "redis-server",
];

export interface InstallPackagesOptions {
  readonly logPath: string;
  readonly signal: AbortSignal;
}

/** @throws CommandError with the end of the output of the command that failed. */
export async function installPackages(diskPath: string, options: InstallPackagesOptions): Promise<void> {
  const root = join(diskPath, "../root");
  await mkdir(root);
  // Mounts live in a namespace of this command alone: they go with it, however it ends.
  await execute(
    "unshare",
    ["--mount", "--propagation", "private", "sh", "-euc", script, "sh", diskPath, root],
    {
      logPath: options.logPath,
      signal: options.signal,
      env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    },
  );
}

const script = `
mount -o loop,offset=${partitionOffsetBytes} "$1" "$2"
mount -t proc proc "$2/proc"
mount -t sysfs -o ro sysfs "$2/sys"
mount -t tmpfs tmpfs "$2/run"
mkdir -p "$2/run/systemd/resolve"
cp -L /etc/resolv.conf "$2/run/systemd/resolve/stub-resolv.conf"
printf 'exit 101\\n' > "$2/usr/sbin/policy-rc.d"
chmod 755 "$2/usr/sbin/policy-rc.d"
chroot "$2" apt-get update
chroot "$2" apt-get install --yes --no-install-recommends ${serverPackages.join(" ")}
chroot "$2" apt-get clean
find "$2/var/lib/apt/lists" -type f -delete
rm "$2/usr/sbin/policy-rc.d"
umount "$2/run" "$2/sys" "$2/proc"
sync -f "$2" # what is not yet known as freed on the disk is not trimmed
fstrim "$2"
umount "$2"
`;
