/** What a user gets wrong, or what breaks under them: a typed error at the right attribute, and nothing half made. */
import { createServer } from "node:net";
import { once } from "node:events";
import { open, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { leftoversInPool } from "../../tools/demo/leftovers";
import { cluster, clusterOnly, image, providers } from "./support/configuration";
import { writeQcow2Image, writeRawImage } from "./support/images";
import { openScene, type Scene } from "./support/scene";
import { type Outcome, succeeded, type Terraform } from "./support/terraform";

jest.setTimeout(10 * 60_000);

describe("bad input", () => {
  let scene: Scene;
  let terraform: Terraform;

  const configure = (body: string): Promise<void> =>
    terraform.write("main.tf", providers(scene.pool.libvirtUri) + body);

  /** Expects exactly one error: its code, words, and the line of configuration that it points at. */
  const expectError = (outcome: Outcome, expected: { code: string; says: RegExp; at?: RegExp }): void => {
    expect(outcome.ok).toBe(false);
    expect(outcome.errors).toHaveLength(1);
    const [error] = outcome.errors;
    expect(error?.summary).toMatch(/^Unable to /);
    expect(error?.detail).toContain(expected.code);
    expect(error?.detail).toMatch(expected.says);
    if (expected.at !== undefined) expect(error?.snippet?.code).toMatch(expected.at);
  };

  beforeAll(async () => {
    scene = await openScene({ name: "accept", hosts: 3, memoryMiB: 1024 });
  });

  afterAll(() => scene.close());

  beforeEach(async () => {
    terraform = await scene.terraform();
    await configure("");
    await terraform.init();
  });

  // Whatever a test did, the pool holds nothing afterwards that a user did not ask for.
  afterEach(async () => {
    await configure(""); // planning to destroy plans what the test got wrong as well, and fails again
    succeeded(await terraform.destroy());
    expect(await leftoversInPool(scene.pool)).toEqual([]);
  });

  test("a truncated image", async () => {
    const raw = await scene.rawImage("whole.raw", "truncated");
    const path = join(scene.images, "truncated.qcow2");
    await writeQcow2Image(path, raw);
    await truncate(path, 2 * 1024 * 1024);
    await configure(image({ name: "base", path }));
    expectError(await terraform.plan(), {
      code: "DVCE_IMAGE_TRUNCATED",
      says: /truncated\.qcow2/,
      at: /^\s*path\s*=/,
    });
  });

  test("a file that is no image", async () => {
    const path = join(scene.images, "notes.txt");
    await writeFile(path, "These are notes and not a disk image.\n".repeat(100));
    await configure(image({ name: "base", path }));
    expectError(await terraform.plan(), {
      code: "DVCE_IMAGE_FORMAT_UNKNOWN",
      says: /notes\.txt/,
      at: /^\s*path\s*=/,
    });
  });

  test("a checksum that does not match", async () => {
    const path = await scene.rawImage("sum.raw", "checksum");
    await configure(image({ name: "base", path, checksum: `sha256:${"0".repeat(64)}` }));
    expectError(await terraform.plan(), {
      code: "DVCE_IMAGE_CHECKSUM_MISMATCH",
      says: /0{64}/,
      at: /^\s*checksum\s*=/,
    });
  });

  test("an image that changes while it is read", async () => {
    const path = join(scene.images, "busy.raw");
    await writeRawImage(path, { seed: "busy", sizeMiB: 256, dataMiB: 128 });
    await configure(image({ name: "base", path }));
    const file = await open(path, "r+");
    let isDone = false;
    const writer = (async () => {
      for (let count = 0; !isDone; count += 1) {
        await file.write(Buffer.from([count % 256]), 0, 1, 64 * 1024 * 1024);
        await delay(2);
      }
      await file.close();
    })();
    const outcome = await terraform.plan();
    isDone = true;
    await writer;
    expectError(outcome, { code: "DVCE_IMAGE_CHANGED", says: /busy\.raw/, at: /^\s*path\s*=/ });
  });

  test("an image that changes between plan and apply", async () => {
    const path = await scene.rawImage("later.raw", "before");
    await configure(image({ name: "base", path }));
    succeeded(await terraform.plan());
    await scene.rawImage("later.raw", "after");
    expectError(await terraform.applyPlan(), {
      code: "DVCE_IMAGE_CHANGED",
      says: /changed between plan and apply/,
      at: /^\s*path\s*=/,
    });
  });

  test("a cluster that fits nowhere says why, node by node", async () => {
    const path = await scene.rawImage("base.raw", "big");
    await configure(
      image({ name: "base", path }) +
        clusterOnly({ name: "big", image: "base", members: ["a"], memoryMiB: 4096 }),
    );
    const outcome = await terraform.plan();
    expectError(outcome, { code: "DVCE_PLACEMENT_INFEASIBLE", says: /memory/i, at: /members\s*=/ });
    for (const node of ["n1", "n2", "n3"]) expect(outcome.errors[0]?.detail).toContain(node);
  });

  test("two members with one name in the pool", async () => {
    const path = await scene.rawImage("base.raw", "twins");
    const first = image({ name: "base", path }) + clusterOnly({ name: "a", image: "base", members: ["b-c"] });
    await configure(first);
    succeeded(await terraform.apply());
    // a-b + c and a + b-c would both be the domain a-b-c.
    await configure(first + clusterOnly({ name: "a-b", image: "base", members: ["c"] }));
    expectError(await terraform.plan(), { code: "DVCE_MEMBER_DUPLICATE", says: /a-b-c/, at: /members|"c"/ });
  });

  test("a member named twice in a request", async () => {
    const client = await scene.pool.client();
    const path = await scene.rawImage("base.raw", "twice");
    await configure(image({ name: "base", path }));
    succeeded(await terraform.apply());
    const { version } = await client.getImage("base");
    const member = { name: "a", version, vcpus: 1, memoryMiB: 64, diskBytes: 1024 ** 3 };
    const constraints = { antiAffinity: false, nodeSelector: {} };
    await expect(
      client.planCluster({ name: "web", members: [member, member], constraints }),
    ).rejects.toMatchObject({
      code: "DVCE_MEMBER_DUPLICATE",
      message: expect.stringContaining("twice") as string,
    });
  });

  test("a controller that nothing answers for, at plan", async () => {
    const path = await scene.rawImage("base.raw", "alone");
    await configure(image({ name: "base", path }));
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    server.close();
    await once(server, "close");
    const outcome = await terraform.plan({ DVCE_URL: `http://127.0.0.1:${port}` });
    expectError(outcome, {
      code: "DVCE_CONTROLLER_UNREACHABLE",
      says: new RegExp(`127\\.0\\.0\\.1:${port}`),
    });
  });

  test("a node that dies between plan and apply", async () => {
    const path = await scene.rawImage("base.raw", "mortal");
    await configure(image({ name: "base", path }));
    succeeded(await terraform.apply());
    await configure(image({ name: "base", path }) + cluster({ name: "web", image: "base", members: ["a"] }));
    succeeded(await terraform.plan());
    const plan = await terraform.showPlan();
    const planned = plan.resource_changes?.find(({ address }) => address === "dvce_cluster.web")?.change
      .after;
    const node = (planned as { placements: { a: { node: string } } }).placements.a.node;
    await scene.pool.host(node).kill();
    try {
      const client = await scene.pool.client();
      const deadline = Date.now() + 60_000;
      while ((await client.listNodes()).some(({ name, state }) => name === node && state !== "unreachable")) {
        if (Date.now() > deadline) throw new Error(`${node} is still not unreachable`);
        await delay(200);
      }
      const outcome = await terraform.applyPlan();
      expect(outcome.ok).toBe(false);
      expect(outcome.errors).toHaveLength(1);
      expect(outcome.errors[0]?.detail).toMatch(/DVCE_(PLACEMENT_INFEASIBLE|PLAN_STALE)/);
      expect(outcome.errors[0]?.detail).toContain(node);
      expect(outcome.errors[0]?.address).toBe("dvce_cluster.web");
      expect(await client.listClusters()).toEqual([]);
      expect(await client.listVolumes()).toEqual([]);
    } finally {
      await scene.pool.host(node).start();
      await scene.pool.waitReady();
    }
  });
});
