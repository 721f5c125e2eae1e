/**
 * The domains that `VirtualCluster` declares, given to a real libvirtd by the pinned libvirt provider with nothing of
 * DVCE between: a second plan is empty, a stopped domain is started in place, and nothing is left. So whatever the
 * whole loop shows beyond that is DVCE's own doing.
 *
 * Needs root, libvirt and QEMU. Names its own pool ("tdom").
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedPath, volumeDirectory, volumePath, volumePoolName } from "@dvce/api";
import { Image, Pool, VirtualCluster } from "@dvce/modules";
import { App, TerraformStack, Testing } from "cdktf";
import { DevPool, type DevHost } from "../../service/src/dev-pool";
import { ensureAll } from "../../tools/setup";
import { execute } from "../../tools/setup/execute";
import type { SetupPaths } from "../../tools/setup/types";

const name = "tdom";
const bridge = "br-tdom";
const minuteMs = 60_000;
jest.setTimeout(5 * minuteMs);

/** The synthesised domains alone, with what only a pool knows filled in. */
function domainsOf(libvirtUri: string): string {
  const stack = new TerraformStack(new App({ outdir: "unused" }), "domains");
  new Pool(stack, "pool", { libvirtUri });
  const image = new Image(stack, "debian", { path: "/unused" });
  const members = { count: 1, vcpus: 1, memoryMiB: 128, diskGiB: 1 };
  new VirtualCluster(stack, "lone", { image, members, autostart: true });
  new VirtualCluster(stack, "linked", { image, members, bridge });

  const { provider, resource, terraform } = JSON.parse(Testing.synth(stack)) as {
    provider: { libvirt: unknown };
    resource: { libvirt_domain: Record<string, { lifecycle?: unknown }> };
    terraform: { required_providers: { libvirt: unknown } };
  };
  for (const domain of Object.values(resource.libvirt_domain)) delete domain.lifecycle;
  const text = JSON.stringify({
    provider: { libvirt: provider.libvirt },
    resource: { libvirt_domain: resource.libvirt_domain },
    terraform: { required_providers: { libvirt: terraform.required_providers.libvirt } },
  });
  const known = text
    .replace(/\$\{dvce_volume\.([a-z0-9-]+)\.path\}/g, (_, domain: string) => volumePath(domain))
    .replace(/\$\{dvce_volume\.([a-z0-9-]+)\.seed_path\}/g, (_, domain: string) => seedPath(domain))
    .replace(/\$\{dvce_cluster\.[a-z0-9-]+\.placements\[\\"[a-z0-9-]+\\"\]\.domain_type\}/g, "qemu");
  if (known.includes("dvce_")) throw new Error(`an expression of the pool was not filled in: ${known}`);
  return known;
}

describe("the domains of a virtual cluster", () => {
  const domains = ["linked-linked-0", "lone-lone-0"];
  let directory: string;
  let setup: SetupPaths;
  let host: DevHost;

  const virsh = async (...args: string[]): Promise<string> => {
    const result = await host.exec(["virsh", "-c", "qemu:///system", ...args]);
    if (result.code !== 0) throw new Error(`virsh ${args.join(" ")}: ${result.stderr}`);
    return result.stdout;
  };
  const namesOf = async (...options: string[]): Promise<string[]> =>
    (await virsh("list", "--name", ...options))
      .split("\n")
      .filter((line) => line !== "")
      .sort();
  const terraform = (...args: string[]): Promise<unknown> =>
    execute(setup.terraformPath, args, {
      cwd: directory,
      env: { TF_CLI_CONFIG_FILE: setup.cliConfigPath, CHECKPOINT_DISABLE: "1" },
    });
  /** Ends with code 2, and so throws, unless the plan is empty. */
  const planIsEmpty = () => terraform("plan", "-input=false", "-no-color", "-detailed-exitcode");

  beforeAll(async () => {
    setup = await ensureAll({ image: false, opentofu: false });
    await DevPool.down({ name });
    const pool = await DevPool.up({ name, hosts: 1, controller: false, agents: false });
    host = pool.hosts[0] as DevHost;
    const script = [
      "set -e",
      `mkdir -p ${volumeDirectory}`,
      `ip link add ${bridge} type bridge`,
      ...domains.flatMap((domain) => [
        `qemu-img create -q -f qcow2 ${volumePath(domain)} 1G`,
        `genisoimage -quiet -V cidata -o ${seedPath(domain)} /etc/hostname`,
      ]),
    ];
    const made = await host.exec(["sh", "-c", script.join("\n")]);
    if (made.code !== 0) throw new Error(made.stderr);
    await virsh("pool-define-as", volumePoolName, "dir", "--target", volumeDirectory);
    await virsh("pool-start", volumePoolName);
    directory = await mkdtemp(join(tmpdir(), "dvce-domains-"));
    await writeFile(join(directory, "main.tf.json"), domainsOf(host.libvirtUri));
    await terraform("init", "-input=false", "-no-color");
  });

  afterAll(async () => {
    await DevPool.down({ name });
    await rm(directory, { recursive: true, force: true });
  });

  test("run, and a second plan is empty", async () => {
    await terraform("apply", "-auto-approve", "-input=false", "-no-color");
    expect(await namesOf()).toEqual(domains);
    expect(await namesOf("--all", "--autostart")).toEqual(["lone-lone-0"]);
    await planIsEmpty();
  });

  test("open no port on their host for a display", async () => {
    for (const domain of domains) {
      const xml = await virsh("dumpxml", domain);
      expect(xml).toContain("<listen type='none'/>");
      expect(xml).not.toMatch(/<graphics[^>]* port=/);
    }
  });

  test("are started in place after they stopped", async () => {
    const uuid = await virsh("domuuid", "lone-lone-0");
    await virsh("destroy", "lone-lone-0");
    await expect(planIsEmpty()).rejects.toThrow();
    await terraform("apply", "-auto-approve", "-input=false", "-no-color");
    expect(await namesOf()).toEqual(domains);
    expect(await virsh("domuuid", "lone-lone-0")).toBe(uuid);
    await planIsEmpty();
  });

  test("are gone after destroy, their volumes untouched", async () => {
    await terraform("destroy", "-auto-approve", "-input=false", "-no-color");
    expect(await namesOf("--all")).toEqual([]);
    expect(await virsh("vol-list", volumePoolName)).toContain("lone-lone-0.qcow2");
  });
});
