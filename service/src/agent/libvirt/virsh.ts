/** The node's libvirt by way of `virsh`, over one Unix socket. Throws `DVCE_TOOL_FAILED`. */
import { isDvceError, volumePoolName } from "@dvce/api";
import { basename } from "node:path";
import { runTool } from "../run-tool";
import type { Hypervisor } from "./hypervisor";

export class Virsh implements Hypervisor {
  readonly #uri: string;

  /** @param socketPath libvirtd's or virtqemud's socket */
  constructor(socketPath: string) {
    this.#uri = `qemu+unix:///system?socket=${socketPath}`;
  }

  async domainsUsing(paths: readonly string[]): Promise<readonly string[]> {
    // A disk names its file either by path, or by the storage pool and the volume's name in it.
    const names = new Set([...paths, ...paths.map((path) => basename(path))]);
    const using: string[] = [];
    for (const domain of lines(await this.#virsh("list", "--all", "--name"))) {
      const disks = lines(await this.#virsh("domblklist", domain, "--details").catch(emptyWhenGone));
      // Columns: type, device, target, source. Only the source may hold blanks.
      if (disks.some((line) => names.has(/^\s*\S+\s+\S+\s+\S+\s+(.*\S)\s*$/.exec(line)?.[1] ?? "")))
        using.push(domain);
    }
    return using;
  }

  async runningDomains(): Promise<readonly string[]> {
    return lines(await this.#virsh("list", "--name"));
  }

  async ensureStoragePool(directory: string): Promise<void> {
    const all = lines(await this.#virsh("pool-list", "--all", "--name"));
    if (!all.includes(volumePoolName)) {
      await this.#virsh("pool-define-as", volumePoolName, "dir", "--target", directory);
    }
    await this.#virsh("pool-autostart", volumePoolName);
    const active = lines(await this.#virsh("pool-list", "--name"));
    if (!active.includes(volumePoolName)) await this.#virsh("pool-start", volumePoolName);
    await this.refreshStoragePool();
  }

  async refreshStoragePool(): Promise<void> {
    await this.#virsh("pool-refresh", volumePoolName);
  }

  async resumeAfterIoError(): Promise<readonly string[]> {
    const resumed: string[] = [];
    const failures: unknown[] = [];
    for (const domain of lines(await this.#virsh("list", "--state-paused", "--name"))) {
      const state = await this.#virsh("domstate", domain, "--reason").catch(() => "");
      if (!/I\/O error/i.test(state)) continue; // paused by its user, or gone by now
      // One domain that cannot go on must not keep the others paused.
      await this.#virsh("resume", domain).then(
        () => resumed.push(domain),
        (error: unknown) => failures.push(error),
      );
    }
    if (resumed.length === 0 && failures.length > 0) throw failures[0];
    return resumed;
  }

  #virsh(...args: string[]): Promise<string> {
    return runTool("virsh", ["--quiet", "--connect", this.#uri, ...args]);
  }
}

/** A domain that was undefined since it was listed has no disks; any other failure must not look like that. */
function emptyWhenGone(error: unknown): string {
  if (isDvceError(error, "DVCE_TOOL_FAILED") && /failed to get domain|domain not found/i.test(error.message))
    return "";
  throw error;
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}
