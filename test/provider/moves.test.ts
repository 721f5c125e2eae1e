/**
 * Members that move, under real Terraform: what the plan says of them, what becomes of their disks, and what keeps them
 * where they are. Also what else `dvce_cluster` promises: protection, time limits, moved addresses, unknown values.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cacheLayout, ensureOpenTofu, findTerraform, stderrProgress } from "../../tools/setup";
import { writeRawImage } from "../acceptance/support/images";
import { succeeded, Terraform } from "../acceptance/support/terraform";
import { stack, type StackShape } from "./support/configuration";
import type { MemoryNode } from "./support/memory-node";
import { buildMirror } from "./support/mirror";
import { TestPool } from "./support/test-pool";

const minuteMs = 60_000;
jest.setTimeout(3 * minuteMs);

describe("members that move", () => {
  let directory: string;
  let pool: TestPool;
  let terraform: Terraform;
  let image: string;

  const write = (shape: Partial<StackShape> = {}): Promise<void> =>
    terraform.write("main.tf", stack({ imagePath: image, members: ["a", "b"], ...shape }));
  const nodeOf = async (member: string): Promise<string> =>
    (await pool.client.getCluster("web")).placements.find((one) => one.member === member)?.node ?? "";
  const node = (name: string): MemoryNode => {
    const found = pool.nodes.get(name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  };
  const actions = async (): Promise<Record<string, string>> =>
    Object.fromEntries(
      ((await terraform.showPlan()).resource_changes ?? [])
        .map(({ address, change }) => [address, change.actions.join("+")] as const)
        .filter(([, action]) => action !== "no-op" && action !== "read"),
    );
  const warningsOf = async (): Promise<string> => {
    const outcome = await terraform.plan();
    succeeded(outcome);
    return outcome.warnings.map(({ summary, detail }) => `${summary}\n${detail}`).join("\n");
  };

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "dvce-moves-test-"));
    image = path.join(directory, "image.raw");
    await writeRawImage(image, { seed: "moves", sizeMiB: 64, dataMiB: 2 });
    pool = await TestPool.start(
      ["n1", "n2", "n3"].map((name) => ({ name, vcpus: 8, memoryMiB: 4096, labels: { rack: name } })),
    );
    const command = (await findTerraform()) ?? (await ensureOpenTofu(cacheLayout(), stderrProgress()));
    terraform = await Terraform.create(command, {
      DVCE_URL: pool.url,
      DVCE_TOKEN: pool.token("operator"),
      TF_CLI_CONFIG_FILE: await buildMirror(path.join(directory, "mirror")),
      DVCE_CACHE_DIR: path.join(directory, "cache"),
    });
    await write();
    await terraform.init();
    succeeded(await terraform.apply());
  }, 10 * minuteMs);

  afterAll(async () => {
    await terraform?.close();
    await pool?.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("on_move = forbid: a plan that would move a member names it, its nodes and the reason", async () => {
    await write({ cluster: 'on_move = "forbid"' });
    succeeded(await terraform.apply());
    const from = await nodeOf("a");
    await pool.client.changeNode(from, "drain");
    const { ok, errors } = await terraform.plan();
    expect(ok).toBe(false);
    expect(errors).toHaveLength(1);
    expect(errors[0]?.summary).toBe(
      'Unable to plan cluster "web": members would move, and on_move forbids it',
    );
    expect(errors[0]?.detail).toMatch(new RegExp(`a from ${from} \\(draining\\) to n[123]: \\S`));
    expect(await nodeOf("a")).toBe(from);
  });

  test("on_move = restore, set in the very apply that moves: the new disk has the old one's contents", async () => {
    const from = await nodeOf("a");
    node(from).disks.set("web-a", "what the guest wrote");
    const stays = await nodeOf("b");
    await write({ cluster: 'on_move = "restore"' });
    const said = await warningsOf();
    expect(said).toMatch(
      new RegExp(`members move\\n  - a from ${from} \\(draining\\) to (n[123]): .*; its disk is copied`),
    );
    expect(await actions()).toEqual({
      "dvce_cluster.web": "update",
      'dvce_volume.disk["a"]': "delete+create",
      ...(stays === from ? { 'dvce_volume.disk["b"]': "delete+create" } : {}),
    });
    succeeded(await terraform.applyPlan());
    const to = await nodeOf("a");
    expect(to).not.toBe(from);
    expect(node(to).disks.get("web-a")).toBe("what the guest wrote");
    expect([...node(from).retired.keys()]).toEqual([]);
    expect(await terraform.changes()).toBe("");
    await pool.client.changeNode(from, "undrain");
    expect(await terraform.changes()).toBe("");
  });

  test("on_move = restore, and the node is fenced: refused at plan, with what to do", async () => {
    const from = await nodeOf("a");
    await pool.client.changeNode(from, "fence");
    const { ok, errors } = await terraform.plan();
    expect(ok).toBe(false);
    expect(errors[0]?.detail).toMatch(new RegExp(`a from ${from} \\(fenced\\) to n`));
    expect(errors[0]?.detail).toContain('set on_move = "recreate"');
    await pool.client.changeNode(from, "unfence");
    await node(from).register();
    await node(from).report();
    await node(from).report(); // the first is answered with "send all"
    expect(await terraform.changes()).toBe("");
  });

  test("by default a member that moves gets a new disk, and the plan says what is lost", async () => {
    await write();
    succeeded(await terraform.apply());
    const from = await nodeOf("a");
    node(from).disks.set("web-a", "what the guest wrote");
    await pool.client.changeNode(from, "drain");
    expect(await warningsOf()).toContain("it gets a new, empty disk, and what is on the old one is lost");
    succeeded(await terraform.applyPlan());
    expect(node(await nodeOf("a")).disks.get("web-a")).toBe("");
    expect([...node(from).retired.keys()]).toEqual([]);
    await pool.client.changeNode(from, "undrain");
    expect(await terraform.changes()).toBe("");
  });

  test("members on a cordoned node stay, and the plan says so; placements tell their alternatives", async () => {
    const on = await nodeOf("a");
    await pool.client.changeNode(on, "cordon");
    const said = await warningsOf();
    expect(said).toContain("members stay where new ones would not go");
    expect(said).toContain(`a on ${on}: `);
    expect(await actions()).toEqual({});
    await pool.client.changeNode(on, "uncordon");
    await write({ members: ["a", "b", "c"] });
    succeeded(await terraform.plan());
    const cluster = (await terraform.showPlan()).resource_changes?.find(
      ({ address }) => address === "dvce_cluster.web",
    )?.change.after as { placements: Record<string, { alternatives: readonly string[] }> };
    expect(cluster.placements["c"]?.alternatives.length).toBeGreaterThan(0);
    for (const line of cluster.placements["c"]?.alternatives ?? []) expect(line).toMatch(/^n[123]: \S/);
  });

  test("a moved block renames addresses and changes nothing in the pool", async () => {
    await write();
    const before = await pool.client.listVolumes();
    const main = stack({ imagePath: image, members: ["a", "b"] });
    await terraform.write(
      "main.tf",
      `${main.replaceAll("dvce_cluster.web", "dvce_cluster.site").replace('"dvce_cluster" "web"', '"dvce_cluster" "site"')}
moved {
  from = dvce_cluster.web
  to   = dvce_cluster.site
}
`,
    );
    succeeded(await terraform.plan());
    expect(await actions()).toEqual({});
    succeeded(await terraform.applyPlan());
    expect(await terraform.stateList()).toContain("dvce_cluster.site");
    expect((await pool.client.listVolumes()).map(({ createdAt }) => createdAt)).toEqual(
      before.map(({ createdAt }) => createdAt),
    );
    await terraform.write(
      "main.tf",
      `${main}
moved {
  from = dvce_cluster.site
  to   = dvce_cluster.web
}
`,
    );
    succeeded(await terraform.apply());
  });

  test("a value that is not known yet is named, and apply places all the same", async () => {
    const unknown = `resource "terraform_data" "size" { input = 1 }`;
    const main = stack({ imagePath: image, members: ["a", "b", "c"] });
    await terraform.write(
      "main.tf",
      `${main.replaceAll("vcpus = 1,", "vcpus = terraform_data.size.output,")}\n${unknown}\n`,
    );
    const said = await warningsOf();
    expect(said).toContain('Placements of cluster "web" are not known in this plan');
    expect(said).toContain(
      'members["a"].vcpus, members["b"].vcpus, members["c"].vcpus are known only after apply',
    );
    succeeded(await terraform.applyPlan());
    expect(await nodeOf("c")).toMatch(/^n[123]$/);
    expect(await terraform.changes()).toBe("");
    await write();
    succeeded(await terraform.apply());
  });

  test("a time limit ends a create that hangs, names itself, and the next apply goes on", async () => {
    await write({ members: ["a", "b", "d"], volume: 'timeouts = { create = "2s" }' });
    for (const one of pool.nodes.values()) one.holdsVolumes = true;
    const { ok, errors } = await terraform.apply();
    expect(ok).toBe(false);
    expect(errors[0]?.summary).toBe('Unable to create volume "web-d"');
    expect(errors[0]?.detail).toMatch(/within 2s, the time limit of create.*DVCE_TIME_LIMIT/s);
    for (const one of pool.nodes.values()) one.holdsVolumes = false;
    succeeded(await terraform.apply());
    expect(await terraform.changes()).toBe("");
    const odd = await (async () => {
      await write({ volume: 'timeouts = { create = "soon" }' });
      return terraform.plan();
    })();
    expect(odd.errors[0]?.detail).toContain('must be a duration of at most 24 days, such as "90s"');
  });

  test("a protected cluster and all that hangs on it survives a destroy, until the protection is taken back", async () => {
    await write({ cluster: "deletion_protection = true" });
    succeeded(await terraform.apply());
    const before = await pool.client.listVolumes();
    const refused = await terraform.destroy();
    expect(refused.ok).toBe(false);
    expect(refused.errors[0]?.summary).toBe('Unable to destroy cluster "web"');
    expect(refused.errors[0]?.detail).toContain("apply deletion_protection = false first");
    expect(await pool.client.listVolumes()).toEqual(before);
    await expect(pool.client.deleteCluster("web")).rejects.toMatchObject({ code: "DVCE_CLUSTER_PROTECTED" });
    await write();
    succeeded(await terraform.apply());
    succeeded(await terraform.destroy());
    expect(await pool.client.listClusters()).toEqual([]);
    for (const one of pool.nodes.values()) expect([...one.retired.keys(), ...one.volumes.keys()]).toEqual([]);
  });
});
