/**
 * A cluster's whole life with the real Terraform and the real OpenTofu, the real libvirt provider and real libvirt hosts:
 * created, planned again, grown, shrunk, given another image, its image imported, destroyed. The domains run; what they
 * boot is the business of boot.test.ts. What lies below the provider is looked at once.
 */
import { volumePath } from "@dvce/api";
import { readFile, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { leftoversInPool } from "../../tools/demo/leftovers";
import { cluster, image, providers } from "./support/configuration";
import { openScene, type Scene } from "./support/scene";
import { type PlanDocument, succeeded, type Terraform } from "./support/terraform";

jest.setTimeout(10 * 60_000);

/** Size of the images of the scene. */
const imageBytes = 16 * 1024 * 1024;

/** Addresses whose change is anything but "no-op" and "read", with their actions. */
const actionsOf = (plan: PlanDocument): Record<string, string> =>
  Object.fromEntries(
    (plan.resource_changes ?? [])
      .map(({ address, change }) => [address, change.actions.join("+")] as const)
      .filter(([, actions]) => actions !== "no-op" && actions !== "read"),
  );

let scene: Scene;

beforeAll(async () => {
  scene = await openScene({ name: "accept", hosts: 3, opentofu: true });
});

afterAll(() => scene.close());

describe.each(["Terraform", "OpenTofu"])("the life of a cluster under %s", (name) => {
  let terraform: Terraform;
  let path: string;

  const declare = (members: readonly string[]): Promise<void> =>
    terraform.write(
      "main.tf",
      providers(scene.pool.libvirtUri) +
        image({ name: "base", path }) +
        cluster({ name: "web", image: "base", members, antiAffinity: true }),
    );

  /** Node of each running domain, as the hosts' own libvirts say. */
  const runningDomains = async (): Promise<Record<string, string>> => {
    const nodes: Record<string, string> = {};
    for (const host of scene.pool.hosts) {
      const result = await host.exec(["virsh", "-c", "qemu:///system", "list", "--name"]);
      for (const name of result.stdout.split("\n").filter(Boolean)) nodes[name] = host.name;
    }
    return nodes;
  };

  const placedNodes = async (): Promise<Record<string, string>> => {
    const { placements } = await (await scene.pool.client()).getCluster("web");
    return Object.fromEntries(placements.map(({ domain, node }) => [domain, node]));
  };

  beforeAll(async () => {
    terraform = await scene.terraform(name === "OpenTofu" ? scene.setup.opentofuPath : undefined);
    path = await scene.rawImage("base.raw", `${name} one`);
    await declare(["a", "b"]);
    await terraform.init();
  });

  test("create: every member runs on the node that the plan showed", async () => {
    succeeded(await terraform.plan());
    const plan = await terraform.showPlan();
    const planned = plan.resource_changes?.find(({ address }) => address === "dvce_cluster.web")?.change
      .after;
    expect(planned).toMatchObject({
      placements: {
        a: { node: expect.stringMatching(/^n[123]$/) as string, missing_bytes: expect.any(Number) as number },
        b: { domain: "web-b", reason: expect.stringMatching(/\S/) as string },
      },
    });
    succeeded(await terraform.applyPlan());
    const { placements } = planned as { placements: Record<string, { node: string }> };
    expect(await runningDomains()).toEqual({
      "web-a": placements["a"]?.node,
      "web-b": placements["b"]?.node,
    });
    expect(new Set(Object.values(await runningDomains())).size).toBe(2);
    expect(await placedNodes()).toEqual(await runningDomains());
  });

  test("a second plan is empty", async () => {
    expect(await terraform.changes()).toBe("");
  });

  if (name === "Terraform") {
    test("a domain's DVCE disk stops the guest instead of failing its reads", async () => {
      const [domain, node] = Object.entries(await runningDomains())[0] ?? ["", ""];
      const { stdout } = await scene.pool
        .host(node)
        .exec(["virsh", "-c", "qemu:///system", "dumpxml", domain]);
      expect(stdout).toMatch(/<driver [^>]*error_policy='stop' rerror_policy='stop'/);
      expect(stdout).toContain(`/var/lib/dvce/consoles/${domain}.log`);
    });

    test("a member on a whole base file: a second plan is empty, and its guest starts with the agent stopped", async () => {
      const client = await scene.pool.client();
      const { node, version } = await client.getVolume("web-a");
      const host = scene.pool.host(node);
      const virsh = async (...args: string[]) =>
        (await host.exec(["virsh", "-q", "-c", "qemu:///system", ...args])).stdout.trim();
      const readAll = ["qemu-io", "-r", "-f", "raw", "-c", `read 0 ${imageBytes}`];
      const reading = await host.exec([...readAll, `nbd+unix:///${version}?socket=/run/dvce/nbd.sock`]);
      expect(reading).toMatchObject({ code: 0 });
      while ((await client.getVolume("web-a")).hydration.state !== "hydrated") await delay(200);

      succeeded(await terraform.apply(['-replace=dvce_volume.web["a"]']));
      const { path: disk } = await client.getVolume("web-a");
      const { stdout } = await host.exec(["qemu-img", "info", "--force-share", "--output=json", disk]);
      expect(JSON.parse(stdout)).toMatchObject({ "backing-filename": `/var/lib/dvce/base/${version}.raw` });
      expect(await terraform.changes()).toBe("");

      await host.killAgent();
      await virsh("destroy", "web-a");
      await virsh("start", "web-a");
      expect(await virsh("domstate", "web-a")).toBe("running");
      // What the guest sees is the image, although nothing serves it.
      const copy = join(scene.images, "seen.raw");
      const args = ["convert", "--force-share", "-f", "qcow2", "-O", "raw", disk, copy];
      expect(await host.exec(["qemu-img", ...args])).toMatchObject({ code: 0 });
      await truncate(copy, imageBytes); // the disk is larger than the image
      expect((await readFile(copy)).equals(await readFile(path))).toBe(true);
      await rm(copy);
      expect(await virsh("domblkerror", "web-a")).toBe("No errors found");
      expect(await virsh("domstate", "web-a")).toBe("running");

      await host.start();
      await scene.pool.waitReady();
      expect(await terraform.changes()).toBe("");
    });
  }

  test("grow: a third member is added, and nothing happens to the others", async () => {
    const before = await runningDomains();
    await declare(["a", "b", "c"]);
    succeeded(await terraform.plan());
    expect(actionsOf(await terraform.showPlan())).toEqual({
      "dvce_cluster.web": "update",
      'dvce_volume.web["c"]': "create",
      'libvirt_domain.web["c"]': "create",
    });
    succeeded(await terraform.applyPlan());
    const after = await runningDomains();
    expect(after).toMatchObject(before);
    expect(Object.keys(after).sort()).toEqual(["web-a", "web-b", "web-c"]);
    expect(await terraform.changes()).toBe("");
  });

  test("shrink: two members go, with their disks", async () => {
    const before = await runningDomains();
    await declare(["b"]);
    succeeded(await terraform.apply());
    expect(await runningDomains()).toEqual({ "web-b": before["web-b"] });
    const volumes = await (await scene.pool.client()).listVolumes();
    expect(volumes.map(({ domain }) => domain)).toEqual(["web-b"]);
    expect(await terraform.changes()).toBe("");
  });

  test("change the image: the version is known at plan, and the member gets a new disk of it", async () => {
    const client = await scene.pool.client();
    const before = await client.getVolume("web-b");
    await scene.rawImage("base.raw", `${name} two`);
    succeeded(await terraform.plan());
    const plan = await terraform.showPlan();
    expect(actionsOf(plan)).toMatchObject({
      "dvce_image.base": "update",
      "dvce_cluster.web": "update",
      'dvce_volume.web["b"]': "delete+create",
      'libvirt_domain.web["b"]': "delete+create",
    });
    const planned = plan.resource_changes?.find(({ address }) => address === "dvce_image.base")?.change.after;
    succeeded(await terraform.applyPlan());
    const after = await client.getVolume("web-b");
    expect(after.version).not.toBe(before.version);
    expect(planned).toMatchObject({ version: after.version });
    expect((await client.getImage("base")).version).toBe(after.version);
    expect(Object.keys(await runningDomains())).toEqual(["web-b"]);
    const backing = await scene.pool
      .host(after.node)
      .exec(["qemu-img", "info", "--force-share", "--output=json", volumePath("web-b")]);
    expect(backing.stdout).toContain(after.version);
    expect(await terraform.changes()).toBe("");
  });

  test("import: an image of the pool comes under Terraform, and apply settles where its file lies", async () => {
    const { version } = await (await scene.pool.client()).getImage("base");
    await terraform.stateRemove("dvce_image.base");
    expect(await terraform.stateList()).not.toContain("dvce_image.base");
    await terraform.import("dvce_image.base", "base");
    expect(await terraform.stateList()).toContain("dvce_image.base");
    succeeded(await terraform.plan());
    // Only the file's path is new to the state; the content, and all that depends on it, stays.
    expect(actionsOf(await terraform.showPlan())).toEqual({ "dvce_image.base": "update" });
    succeeded(await terraform.applyPlan());
    expect((await (await scene.pool.client()).getImage("base")).version).toBe(version);
    expect(await terraform.changes()).toBe("");
  });

  test("destroy leaves nothing in the pool", async () => {
    succeeded(await terraform.destroy());
    expect(await terraform.stateList()).toEqual([]);
    expect(await leftoversInPool(scene.pool)).toEqual([]);
  });
});
