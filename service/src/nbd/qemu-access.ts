import { chmod, chown, readFile } from "node:fs/promises";

/** QEMU's user is in this group on Debian, Ubuntu and Fedora. */
const qemuGroup = "kvm";

/**
 * Lets root and QEMU's group, and nobody else, use a file as `mode` says. Where that group does not exist, QEMU
 * runs as root or is not installed.
 */
export async function letQemuUse(path: string, mode: number): Promise<void> {
  await chmod(path, mode);
  const groups = await readFile("/etc/group", "utf8").catch(() => "");
  const id = new RegExp(`^${qemuGroup}:[^:]*:(\\d+):`, "m").exec(groups)?.[1];
  if (id !== undefined && process.getuid?.() === 0) await chown(path, 0, Number(id));
}
