/** One guest on a host of a development pool, defined and started on the host's own libvirtd. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { DevHost } from "../../service/src/dev-pool";
import { hasLoginPrompt } from "../../tools/demo/login";

export interface GuestDisk {
  /** Paths as the host sees them. */
  readonly overlayPath: string;
  readonly seedPath: string;
}

const pollMs = 50;
const loginTimeoutMs = 15 * 60_000;

/** The domain as the constructs make it, with the settings that the gateway adds. */
export function domainXml(name: string, domainType: string, disk: GuestDisk): string {
  return `<domain type="${domainType}">
  <name>${name}</name><memory unit="MiB">512</memory><vcpu>1</vcpu>
  <os><type arch="x86_64">hvm</type></os>
  <cpu mode="maximum"/>
  <features><acpi/></features>
  <devices>
    <disk type="file" device="disk">
      <driver name="qemu" type="qcow2" error_policy="stop" rerror_policy="stop"/>
      <source file="${disk.overlayPath}"/><target dev="vda" bus="virtio"/>
    </disk>
    <disk type="file" device="cdrom">
      <driver name="qemu" type="raw"/><source file="${disk.seedPath}"/><target dev="hdd" bus="ide"/><readonly/>
    </disk>
    <serial type="pty"><log file="${consolePath(name)}" append="off"/></serial>
    <rng model="virtio"><backend model="random">/dev/urandom</backend></rng>
  </devices>
</domain>
`;
}

const consolePath = (name: string): string => `/var/lib/dvce/consoles/${name}.log`;

/** What the guest has written to its console; empty before it has. */
export function consoleText(host: DevHost, name: string): Promise<string> {
  return readFile(host.file(consolePath(name)), "latin1").catch(() => "");
}

export async function startGuest(host: DevHost, name: string, xml: string): Promise<void> {
  const xmlPath = `/var/lib/dvce/consoles/${name}.xml`;
  await writeFile(host.file(xmlPath), xml);
  await virsh(host, "define", xmlPath);
  await virsh(host, "start", name);
}

/** Starts the guest and waits for its prompt. Answers when that was, and what the guest had read of its disk. */
export async function bootToLogin(
  host: DevHost,
  name: string,
  xml: string,
  signal: AbortSignal,
): Promise<{ readonly atMs: number; readonly readBytes: number }> {
  await startGuest(host, name, xml);
  const deadlineMs = Date.now() + loginTimeoutMs;
  for (;;) {
    const text = await consoleText(host, name);
    if (hasLoginPrompt(text)) break;
    signal.throwIfAborted();
    if (Date.now() > deadlineMs)
      throw new Error(`${name} showed no login prompt. The end of its console:\n${text.slice(-2000)}`);
    await delay(pollMs);
  }
  const atMs = Date.now();
  const statistics = await virsh(host, "domblkstat", name, "vda");
  return { atMs, readBytes: Number(/rd_bytes (\d+)/.exec(statistics)?.[1]) };
}

/** Ends and undefines the guest, if it is there, and removes its console's log. */
export async function removeGuest(host: DevHost, name: string): Promise<void> {
  await host.exec(["virsh", "-q", "destroy", name]);
  await host.exec(["virsh", "-q", "undefine", name]);
  for (const suffix of ["log", "xml"])
    await rm(host.file(`/var/lib/dvce/consoles/${name}.${suffix}`), { force: true });
}

async function virsh(host: DevHost, ...args: readonly string[]): Promise<string> {
  return runOnHost(host, ["virsh", "-q", ...args]);
}

/** Runs a command inside the host and answers its output. Throws with what it said when it fails. */
export async function runOnHost(host: DevHost, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await host.exec(argv);
  if (code !== 0) throw new Error(`\`${argv.join(" ")}\` on ${host.name} failed: ${stderr.trim()}`);
  return stdout;
}
