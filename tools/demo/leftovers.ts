/** Looks for what the demo should have taken away, in the pool and on this machine. One line each. */
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { DevPool } from "../../service/src/dev-pool";
import { demoMark } from "./child";

/** Clusters, volumes, VMs, images and domains that a pool still has, by its own account and by its hosts'. */
export async function leftoversInPool(pool: DevPool): Promise<string[]> {
  const client = await pool.client("viewer");
  const found = [
    ...(await client.listClusters()).map((cluster) => `cluster ${cluster.name}`),
    ...(await client.listVolumes()).map((volume) => `volume ${volume.domain} on ${volume.node}`),
    ...(await client.listVms()).map((vm) => `VM ${vm.domain} on ${vm.node}`),
    ...(await client.listImages()).map((image) => `image ${image.name}`),
  ];
  for (const host of pool.hosts) {
    const domains = await host.exec(["virsh", "-c", "qemu:///system", "list", "--all", "--name"]);
    if (domains.code !== 0) found.push(`no answer from libvirt on ${host.name}: ${domains.stderr.trim()}`);
    for (const name of domains.stdout.split("\n").filter(Boolean))
      found.push(`domain ${name} on ${host.name}`);
    for (const folder of ["volumes", "consoles", "retired"]) {
      const files = await readdir(host.file(`/var/lib/dvce/${folder}`)).catch(() => []);
      for (const file of files) found.push(`file ${folder}/${file} on ${host.name}`);
    }
    const { guests } = await host.status();
    if (guests > 0) found.push(`${guests} QEMU processes on ${host.name}`);
  }
  return found;
}

/** Processes that the demo's commands left: a provider that outlives its Terraform, for example. */
export async function leftoverProcesses(): Promise<string[]> {
  const mark = `${demoMark}=${process.pid}`;
  for (let attempt = 0; ; attempt += 1) {
    const found: string[] = [];
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (!environment.split("\0").includes(mark)) continue;
      const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (commandLine !== "") found.push(`process ${pid} ${commandLine.replaceAll("\0", " ").trim()}`);
    }
    // A provider notices within seconds that its parent is gone.
    if (found.length === 0 || attempt === 10) return found;
    await delay(500);
  }
}
