/**
 * A member that moves with its disk, with the real Terraform, libvirt provider and libvirt hosts: its node is drained, and
 * what was written there is on the disk on the other node, under the domain that runs there.
 */
import { volumePath } from "@dvce/api";
import { leftoversInPool } from "../../tools/demo/leftovers";
import { cluster, image, providers } from "./support/configuration";
import { openScene, type Scene } from "./support/scene";
import { succeeded } from "./support/terraform";

jest.setTimeout(10 * 60_000);

describe("a member of a drained node", () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await openScene({ name: "accept", hosts: 2 });
  });

  afterAll(() => scene.close());

  /** Runs a command on a host; answers what it printed. */
  const on = async (node: string, ...command: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await scene.pool.host(node).exec([...command]);
    if (code !== 0) throw new Error(`${command.join(" ")} on ${node}: ${stdout}${stderr}`);
    return stdout;
  };

  test("takes what it has written along, when its cluster says on_move = restore", async () => {
    const terraform = await scene.terraform();
    const path = await scene.rawImage("base.raw", "moves");
    const declared = cluster({ name: "web", image: "base", members: ["a"] });
    await terraform.write(
      "main.tf",
      providers(scene.pool.libvirtUri) +
        image({ name: "base", path }) +
        declared.replace("  members = {", '  on_move = "restore"\n  members = {'),
    );
    await terraform.init();
    succeeded(await terraform.apply());
    const client = await scene.pool.client();
    const from = (await client.getVolume("web-a")).node;
    const disk = volumePath("web-a");
    await on(from, "virsh", "-c", "qemu:///system", "destroy", "web-a");
    await on(from, "qemu-io", "-f", "qcow2", "-c", "write -P 0x42 20M 3M", disk);
    await on(from, "virsh", "-c", "qemu:///system", "start", "web-a");

    await client.changeNode(from, "drain");
    const plan = await terraform.plan();
    succeeded(plan);
    expect(plan.warnings.map(({ detail }) => detail).join("\n")).toMatch(
      new RegExp(`a from ${from} \\(draining\\) to n[12]: .*; its disk is copied`),
    );
    const actions = ((await terraform.showPlan()).resource_changes ?? []).map(({ address, change }) => [
      address,
      change.actions.join("+"),
    ]);
    expect(Object.fromEntries(actions)).toEqual({
      "dvce_image.base": "no-op",
      "dvce_cluster.web": "update",
      'dvce_volume.web["a"]': "delete+create",
      'libvirt_domain.web["a"]': "delete+create",
    });
    succeeded(await terraform.applyPlan());

    const to = (await client.getVolume("web-a")).node;
    expect(to).not.toBe(from);
    expect(await on(to, "virsh", "-c", "qemu:///system", "domstate", "web-a")).toContain("running");
    const read = await on(to, "qemu-io", "-r", "-U", "-f", "qcow2", "-c", "read -P 0x42 20M 3M", disk);
    expect(read).not.toContain("Pattern verification failed");
    expect(await on(from, "ls", "/var/lib/dvce/retired", "/var/lib/dvce/volumes")).not.toContain("web-a");
    expect(await terraform.changes()).toBe("");
    succeeded(await terraform.destroy());
    expect(await leftoversInPool(scene.pool)).toEqual([]);
  });
});
