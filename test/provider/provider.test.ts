/**
 * The provider under real Terraform and OpenTofu, against a real controller over nodes in memory: what a plan
 * shows, what an apply does with it, drift, imports, and every refusal that a user may meet.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { cacheLayout, ensureOpenTofu, findTerraform, stderrProgress } from "../../tools/setup";
import { writeRawImage } from "../acceptance/support/images";
import { succeeded, Terraform, type ResourceChange } from "../acceptance/support/terraform";
import { head, stack, type StackShape } from "./support/configuration";
import { buildMirror } from "./support/mirror";
import { TestPool } from "./support/test-pool";

const minuteMs = 60_000;
jest.setTimeout(3 * minuteMs);

type Values = Readonly<Record<string, unknown>>;
interface PlacementValues {
  readonly node: string;
  readonly missing_bytes: number;
  readonly reason: string;
  readonly volume_path: string;
}

/** Set-up's choice: OpenTofu stands in where no Terraform is on PATH. */
async function commandOf(name: string): Promise<string> {
  const terraform = name === "terraform" ? await findTerraform() : undefined;
  return terraform ?? (await ensureOpenTofu(cacheLayout(), stderrProgress()));
}

describe.each(["terraform", "tofu"])("under %s", (name) => {
  let directory: string;
  let pool: TestPool;
  let terraform: Terraform;
  let image: string;
  let otherImage: string;

  const write = (shape: Partial<StackShape> = {}): Promise<void> =>
    terraform.write("main.tf", stack({ imagePath: image, members: ["a", "b"], ...shape }));
  const environment = (role: "operator" | "planner"): Record<string, string> => ({
    DVCE_URL: pool.url,
    DVCE_TOKEN: pool.token(role),
  });
  /** The plan's changes that are not no-ops, by address. */
  const plan = async (
    role: "operator" | "planner" = "operator",
  ): Promise<Map<string, ResourceChange["change"]>> => {
    succeeded(await terraform.plan(environment(role)));
    const changes = (await terraform.showPlan()).resource_changes ?? [];
    return new Map(
      changes
        .filter(({ change }) => !["no-op", "read"].includes(change.actions[0] ?? ""))
        .map(({ address, change }) => [address, change]),
    );
  };
  const after = (change: ResourceChange["change"] | undefined): Values => (change?.after ?? {}) as Values;
  const placementsIn = (values: Values): Record<string, PlacementValues> =>
    (values["placements"] ?? {}) as Record<string, PlacementValues>;
  const committed = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await pool.client.getCluster("web")).placements.map((one) => [one.member, one.node]));

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "dvce-provider-test-"));
    image = path.join(directory, "image.raw");
    otherImage = path.join(directory, "other.raw");
    await writeRawImage(image, { seed: `${name} one`, sizeMiB: 64, dataMiB: 4 });
    await writeRawImage(otherImage, { seed: `${name} two`, sizeMiB: 64, dataMiB: 2 });
    pool = await TestPool.start([
      { name: "n1", vcpus: 8, memoryMiB: 4096, labels: { rack: "r1" } },
      { name: "n2", vcpus: 8, memoryMiB: 4096, labels: { rack: "r2" } },
      { name: "n3", vcpus: 8, memoryMiB: 4096, labels: { rack: "r3" } },
    ]);
    terraform = await Terraform.create(await commandOf(name), {
      ...environment("operator"),
      TF_CLI_CONFIG_FILE: await buildMirror(path.join(directory, "mirror")),
      DVCE_CACHE_DIR: path.join(directory, "cache"),
    });
    await write();
    await terraform.init();
  }, 10 * minuteMs);

  afterAll(async () => {
    await terraform?.close();
    await pool?.close();
    await rm(directory, { recursive: true, force: true });
  });

  test("a planner's plan knows version, placements and paths, and commits nothing", async () => {
    const changes = await plan("planner");
    expect([...changes.values()].map(({ actions }) => actions)).toEqual(Array(4).fill(["create"]));
    const base = after(changes.get("dvce_image.base"));
    expect(base["version"]).toMatch(/^[0-9a-f]{64}$/);
    expect(base).toMatchObject({
      id: "base",
      size_bytes: 64 * 1024 * 1024,
      data_bytes: 4 * 1024 * 1024 + 4096,
    });
    const placements = placementsIn(after(changes.get("dvce_cluster.web")));
    expect(Object.keys(placements)).toEqual(["a", "b"]);
    for (const [member, placement] of Object.entries(placements)) {
      expect(placement.node).toMatch(/^n[123]$/);
      expect(placement.reason).not.toBe("");
      expect(placement.volume_path).toBe(`/var/lib/dvce/volumes/web-${member}.qcow2`);
      const volume = after(changes.get(`dvce_volume.disk["${member}"]`));
      expect(volume).toMatchObject({
        node: placement.node,
        path: placement.volume_path,
        id: `web-${member}`,
        hostname: member,
      });
    }
    expect(await pool.client.listImages()).toEqual([]);
    expect(await pool.client.listClusters()).toEqual([]);
    await expect(terraform.applyPlan()).resolves.toMatchObject({ ok: true }); // with the operator's token
    expect(await committed()).toEqual(
      Object.fromEntries(Object.entries(placements).map(([m, { node }]) => [m, node])),
    );
  });

  test("the second plan is empty", async () => {
    expect(await terraform.changes()).toBe("");
    expect(await pool.client.listVolumes()).toHaveLength(2);
  });

  test("growing and shrinking happens in place and moves nobody", async () => {
    const before = await committed();
    await write({ members: ["a", "b", "c"] });
    const grown = await plan();
    expect([...grown].map(([address, { actions }]) => [address, actions])).toEqual([
      ["dvce_cluster.web", ["update"]],
      ['dvce_volume.disk["c"]', ["create"]],
    ]);
    succeeded(await terraform.applyPlan());
    expect(await committed()).toMatchObject(before);
    expect(await terraform.changes()).toBe("");
    await write({ members: ["a", "b"] });
    const shrunk = await plan();
    expect([...shrunk].map(([address, { actions }]) => [address, actions])).toEqual([
      ["dvce_cluster.web", ["update"]],
      ['dvce_volume.disk["c"]', ["delete"]],
    ]);
    succeeded(await terraform.applyPlan());
    expect(await committed()).toEqual(before);
    expect((await pool.client.listVolumes()).map(({ domain }) => domain).sort()).toEqual(["web-a", "web-b"]);
    expect(await terraform.changes()).toBe("");
  });

  test("new content of the same file is an update with its version known, and new disks", async () => {
    const old = (await pool.client.getImage("base")).version;
    await writeRawImage(image, { seed: `${name} changed`, sizeMiB: 64, dataMiB: 4 });
    const changes = await plan();
    expect(changes.get("dvce_image.base")?.actions).toEqual(["update"]);
    expect(changes.get("dvce_cluster.web")?.actions).toEqual(["update"]);
    expect(changes.get('dvce_volume.disk["a"]')?.actions).toEqual(["delete", "create"]);
    const version = after(changes.get("dvce_image.base"))["version"];
    expect(version).not.toBe(old);
    succeeded(await terraform.applyPlan());
    expect((await pool.client.getImage("base")).version).toBe(version);
    expect((await pool.client.listVolumes()).map((volume) => volume.version)).toEqual([version, version]);
    expect(await terraform.changes()).toBe("");
  });

  /** Another configuration of the same pool, with one image only. */
  const withImage = async (
    imageName: string,
    imagePath: string,
    use: (other: Terraform) => Promise<void>,
  ): Promise<void> => {
    const other = await Terraform.create(await commandOf(name), {
      ...environment("operator"),
      TF_CLI_CONFIG_FILE: path.join(directory, "mirror", "cli.tfrc"),
    });
    try {
      await other.write(
        "main.tf",
        `${head}resource "dvce_image" "one" {\n  name = "${imageName}"\n  path = "${imagePath}"\n}\n`,
      );
      await other.init();
      await use(other);
    } finally {
      await other.close();
    }
  };

  test("a file that changes between plan and apply is refused, and nothing is committed", async () => {
    const later = path.join(directory, "later.raw");
    await writeRawImage(later, { seed: `${name} planned`, sizeMiB: 64, dataMiB: 1 });
    await withImage("later", later, async (other) => {
      succeeded(await other.plan());
      await writeRawImage(later, { seed: `${name} applied`, sizeMiB: 64, dataMiB: 1 });
      const outcome = await other.applyPlan();
      expect(outcome.errors).toHaveLength(1);
      expect(outcome.errors[0]?.detail).toContain("DVCE_IMAGE_CHANGED");
      expect(outcome.errors[0]?.snippet?.code).toContain("path");
      expect((await pool.client.listImages()).map((one) => one.name)).toEqual(["base"]);
      succeeded(await other.plan()); // a new plan sees the new content
      succeeded(await other.applyPlan());
      succeeded(await other.destroy());
    });
  });

  test("a version committed by somebody else shows as drift, and apply puts it right", async () => {
    const old = (await pool.client.getImage("base")).version;
    await withImage("base", otherImage, async (other) => {
      succeeded(await other.apply());
      expect((await pool.client.getImage("base")).version).not.toBe(old);
    });
    const changes = await plan();
    expect([...changes].map(([address, { actions }]) => [address, actions])).toEqual([
      ["dvce_image.base", ["update"]],
    ]);
    succeeded(await terraform.applyPlan());
    expect((await pool.client.getImage("base")).version).toBe(old);
    expect(await terraform.changes()).toBe("");
  });

  test("a fenced node's members are placed anew, and only those", async () => {
    const before = await committed();
    await pool.client.changeNode(before["a"] ?? "", "fence");
    const changes = await plan();
    const placements = placementsIn(after(changes.get("dvce_cluster.web")));
    expect(placements["a"]?.node).not.toBe(before["a"]);
    for (const [member, node] of Object.entries(before)) {
      if (node !== before["a"]) expect(placements[member]?.node).toBe(node);
    }
    expect(changes.get('dvce_volume.disk["a"]')?.actions).toEqual(["create"]);
    succeeded(await terraform.applyPlan());
    expect((await committed())["a"]).toBe(placements["a"]?.node);
    expect(await terraform.changes()).toBe("");
  });

  test("a cluster that fits nowhere is refused at plan, node by node", async () => {
    await write({ memoryMiB: 1024 * 1024 });
    const outcome = await terraform.plan();
    expect(outcome.ok).toBe(false);
    const [error] = outcome.errors;
    expect(error?.summary).toBe('Unable to plan cluster "web"');
    expect(error?.detail).toContain("DVCE_PLACEMENT_INFEASIBLE");
    for (const node of ["n1", "n2", "n3"]) expect(error?.detail).toContain(node);
    expect(error?.snippet?.code).toContain("members");
    await write();
  });

  test("image, cluster and volumes come back by import, and stay as they are", async () => {
    const before = { volumes: await pool.client.listVolumes(), placements: await committed() };
    for (const address of await terraform.stateList()) {
      if (!address.startsWith("data.")) await terraform.stateRemove(address);
    }
    await terraform.import("dvce_image.base", "base");
    await terraform.import("dvce_cluster.web", "web");
    await terraform.import('dvce_volume.disk["a"]', "web-a");
    await terraform.import('dvce_volume.disk["b"]', "web-b");
    const changes = await plan();
    expect([...changes].map(([address, { actions }]) => [address, actions])).toEqual([
      ["dvce_image.base", ["update"]],
      ['dvce_volume.disk["a"]', ["update"]],
      ['dvce_volume.disk["b"]', ["update"]],
    ]);
    succeeded(await terraform.applyPlan());
    expect({ volumes: await pool.client.listVolumes(), placements: await committed() }).toEqual(before);
    expect(await terraform.changes()).toBe("");
  });

  test("what is gone behind Terraform's back is made again", async () => {
    await pool.client.deleteVolume("web-a");
    const changes = await plan();
    expect([...changes].map(([address, { actions }]) => [address, actions])).toEqual([
      ['dvce_volume.disk["a"]', ["create"]],
    ]);
    succeeded(await terraform.applyPlan());
    expect(await terraform.changes()).toBe("");
  });

  test("destroy leaves nothing", async () => {
    succeeded(await terraform.destroy());
    expect(await pool.client.listImages()).toEqual([]);
    expect(await pool.client.listClusters()).toEqual([]);
    expect(await pool.client.listVolumes()).toEqual([]);
  });

  test("mistakes in the configuration are all told, each at its place", async () => {
    await terraform.write(
      "main.tf",
      `${head}
resource "dvce_image" "both" {
  name = "Not A Name"
  path = "/x"
  url  = "http://127.0.0.1/x"
}
resource "dvce_cluster" "odd" {
  name = "odd"
  members = {
    "a" = { version = "nonsense", vcpus = 0.5, memory_mib = 64, disk_gib = 1 }
  }
}
`,
    );
    const { ok, errors } = await terraform.plan();
    expect(ok).toBe(false);
    expect(errors.map(({ address, snippet }) => [address, snippet?.code.trim()])).toEqual(
      expect.arrayContaining([
        ["dvce_image.both", 'name = "Not A Name"'],
        ["dvce_image.both", 'path = "/x"'],
      ]),
    );
    const details = errors.map(({ detail }) => detail).join("\n");
    expect(details).toContain("Both path and url are given");
    expect(details).toContain('members["a"].version must be a SHA-256 digest');
    expect(details).toContain('members["a"].vcpus must be a whole number from 1 to 512, and not 0.5');
  });

  test("a file that is no image, and a controller that does not answer, are told at plan", async () => {
    await terraform.write(
      "main.tf",
      `${head}resource "dvce_image" "bad" {\n  name = "bad"\n  path = "/etc/hostname"\n}\n`,
    );
    const noImage = await terraform.plan();
    expect(noImage.errors[0]?.summary).toBe('Unable to plan image "bad"');
    expect(noImage.errors[0]?.detail).toContain("DVCE_IMAGE_FORMAT_UNKNOWN");
    expect(noImage.errors[0]?.snippet?.code).toContain("path");

    await write();
    const unreachable = await terraform.plan({ DVCE_URL: "http://127.0.0.1:9" });
    expect(unreachable.errors[0]?.detail).toContain("DVCE_CONTROLLER_UNREACHABLE");
    expect(unreachable.errors[0]?.detail).toContain("http://127.0.0.1:9");
    const unset = await terraform.plan({ DVCE_URL: "", DVCE_TOKEN: "" });
    expect(unset.errors.map(({ detail }) => detail.split(" is set")[0])).toEqual([
      "Neither url nor the environment variable DVCE_URL",
      "Neither token nor the environment variable DVCE_TOKEN",
    ]);
  });
});
