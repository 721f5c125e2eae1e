/**
 * The services of the controller together, on one pool in memory. Over 600 lines because nearly every case plays several of
 * them against each other, and splitting by service would repeat the pool and its helpers.
 */
import { clusterSpecSchema, type ClusterSpec, type ErrorCode } from "@dvce/api";
import { ChunkBitmap, encodeBatch, encodeChunk, type ImageIndex } from "@dvce/image";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { imageOf, MemoryPool } from "../../../test/support/memory-agent";
import { refused } from "../../../test/support/refused";
import { Database } from "../state";

const GiB = 1024 ** 3;
const hour = 3600_000;
const seed = { hostname: "h", userData: "", sshAuthorizedKeys: [] };

const digestsOf = (index: ImageIndex) => index.chunks.map((chunk) => chunk.digest);

function specOf(name: string, version: string, count: number, constraints = {}): ClusterSpec {
  const members = Array.from({ length: count }, (_, i) => ({
    name: `${i}`,
    version,
    vcpus: 1,
    memoryMiB: 1024,
    diskBytes: GiB,
  }));
  return clusterSpecSchema.parse({ name, members, constraints });
}

describe("the controller", () => {
  let pool: MemoryPool;
  beforeEach(() => {
    pool = new MemoryPool();
  });
  afterEach(() => pool.close());

  const push = (image: string, ...numbers: number[]) => pool.push(image, ...numbers);

  function apply(spec: ClusterSpec) {
    const { placements } = pool.controller.clusters.plan(spec);
    return pool.controller.clusters.commit({ spec, placements });
  }

  const stateOf = (name: string) => pool.controller.registry.get(name).state;
  const kinds = () => pool.controller.history.list().map((event) => event.kind);

  describe("nodes", () => {
    it("are joining until their inventory has arrived, then ready", () => {
      const { registry } = pool.controller;
      pool.join("a");
      const { epoch } = registry.register("a", { ...pool.controller.pool.node("a") });
      expect(epoch).toBe(2);
      expect(stateOf("a")).toBe("joining");
      const report = { epoch, storeBytes: 7, baseBytes: 9, diskFreeBytes: 8, inventory: [] };
      expect(registry.heartbeat("a", { ...report, sequence: 1 }).sendAll).toBe(true);
      expect(stateOf("a")).toBe("joining");
      expect(registry.heartbeat("a", { ...report, sequence: 3 }).sendAll).toBe(false);
      expect(stateOf("a")).toBe("ready");
      expect(pool.controller.pool.node("a")).toMatchObject({ storeBytes: 7, baseBytes: 9, diskFreeBytes: 8 });
      const overtaken = () => registry.heartbeat("a", { ...report, sequence: 2 });
      expect(overtaken).toThrow("Report 2 of node a came after its report 3");
    });

    it("are unreachable after five missed heartbeats, and the history tells both ways", () => {
      pool.join("a").down = true;
      pool.pass(10_000);
      expect(stateOf("a")).toBe("ready");
      pool.pass(1);
      expect(stateOf("a")).toBe("unreachable");
      pool.agent("a").down = false;
      pool.pass(2_000);
      expect(stateOf("a")).toBe("ready");
      expect(kinds()).toEqual(["node-joined", "node-up", "node-down", "node-up"]);
    });

    it("are refused with an old epoch, when unknown, and with a bitmap that does not fit", async () => {
      pool.join("a");
      const version = await push("debian", 1, 2);
      const { registry } = pool.controller;
      const report = { epoch: 1, sequence: 9, storeBytes: 0, baseBytes: 0, diskFreeBytes: 0, inventory: [] };
      await refused("DVCE_NODE_NOT_FOUND", () => registry.heartbeat("b", report));
      const inventory = [{ version, bitmap: Buffer.alloc(9).toString("base64") }];
      await refused("DVCE_INPUT_INVALID", () => registry.heartbeat("a", { ...report, inventory }));
      registry.register("a", { ...pool.controller.pool.node("a") });
      await refused("DVCE_NODE_EPOCH_STALE", () => registry.heartbeat("a", report));
    });

    it("stay fenced when they come back, until an operator says otherwise", async () => {
      pool.join("a");
      pool.controller.decisions.fence("a");
      await refused("DVCE_NODE_EPOCH_STALE", () => pool.beat("a"));
      pool.join("a");
      expect(stateOf("a")).toBe("fenced");
      await refused("DVCE_NODE_STATE", () => pool.controller.decisions.uncordon("a"));
      pool.controller.decisions.unfence("a");
      expect(stateOf("a")).toBe("ready");
      pool.controller.decisions.cordon("a");
      expect(stateOf("a")).toBe("cordoned");
    });

    it("keep everything but their inventories when the controller restarts", async () => {
      pool.join("a");
      pool.join("b");
      const version = await push("debian", 1, 2);
      const cluster = apply(specOf("web", version, 2));
      pool.controller.decisions.cordon("b");
      pool.restartController();
      expect(stateOf("a")).toBe("joining");
      expect(pool.controller.clusters.get("web")).toEqual(cluster);
      expect(pool.controller.images.get("debian").versions[0]?.replicas).toEqual([]);
      expect(pool.beat("a").sendAll).toBe(true);
      expect(pool.beat("a").sendAll).toBe(false);
      pool.beat("b");
      pool.beat("b");
      expect([stateOf("a"), stateOf("b")]).toEqual(["ready", "cordoned"]);
      expect(pool.controller.images.get("debian").versions[0]?.replicas).toHaveLength(2);
    });
  });

  describe("images", () => {
    beforeEach(() => ["a", "b", "c"].forEach((name) => pool.join(name)));

    it("go to the nodes that have most of their bytes, and only what one of them lacks is missing", async () => {
      const { index } = imageOf(1, 2, 3, 4);
      const [one, two, three] = digestsOf(index);
      if (one === undefined || two === undefined || three === undefined) throw new Error("too few chunks");
      [one, two, three].forEach((digest) => pool.agent("c").chunks.add(digest));
      [one].forEach((digest) => pool.agent("b").chunks.add(digest));
      const announced = await pool.controller.images.announce("debian", index.encode());
      expect(announced).toMatchObject({
        state: "announced",
        image: "debian",
        targets: ["c", "b"],
        chunkCount: 4,
      });
      expect(announced.warning).toBeUndefined();
      const missing = ChunkBitmap.fromBase64(announced.missing, 4);
      expect([0, 1, 2, 3].map((i) => missing.has(i))).toEqual([false, true, true, true]);
      expect(pool.agent("a").indexes.has(index.version)).toBe(true);
    });

    it("are whole on every target before they count as an image", async () => {
      const { images } = pool.controller;
      const { index, chunks } = imageOf(1, 2);
      await images.announce("debian", index.encode());
      const incomplete = await refused("DVCE_IMAGE_INCOMPLETE", () => images.commit(index.version, "debian"));
      expect(incomplete.details.map((detail) => detail.message)).toEqual([
        "a lacks 131072 of 131072 bytes",
        "b lacks 131072 of 131072 bytes",
      ]);
      expect(images.list()).toEqual([]);
      await refused("DVCE_IMAGE_NOT_FOUND", () => images.get("debian"));
      const stored = await images.putChunks(
        index.version,
        encodeBatch(chunks.map((chunk) => encodeChunk(chunk))),
      );
      expect(stored).toBe(2);
      const committed = await images.commit(index.version, "debian");
      expect(committed.state).toBe("complete");
      expect(committed.replicas).toEqual(["a", "b"].map((node) => ({ node, presentBytes: 131072 })));
      expect(images.get("debian").version).toBe(index.version);
      const again = await images.announce("debian", index.encode());
      expect(ChunkBitmap.fromBase64(again.missing, 2).count()).toBe(0);
    });

    it("resume, and replace a target that went away", async () => {
      const { images } = pool.controller;
      const { index, chunks } = imageOf(1, 2);
      await images.announce("debian", index.encode());
      const [first, second] = chunks.map((chunk) => encodeBatch([encodeChunk(chunk)]));
      if (first === undefined || second === undefined) throw new Error("too few chunks");
      await images.putChunks(index.version, first);
      pool.agent("a").down = true;
      await refused("DVCE_NODE_UNREACHABLE", () => images.putChunks(index.version, second));
      pool.pass(12_000);
      const resumed = await images.announce("debian", index.encode());
      expect(resumed.targets).toEqual(["b", "c"]);
      expect(ChunkBitmap.fromBase64(resumed.missing, 2).count()).toBe(2);
      await images.putChunks(index.version, first);
      await images.putChunks(index.version, second);
      await images.commit(index.version, "debian");
    });

    it("take fewer nodes than replicas with a warning, and none with an error", async () => {
      const { index } = imageOf(1);
      pool.agent("a").down = true;
      pool.agent("b").down = true;
      const announced = await pool.controller.images.announce("debian", index.encode());
      expect(announced.targets).toEqual(["c"]);
      expect(announced.warning).toBe("only 1 of 2 replicas: no more nodes are ready");
      pool.agent("c").down = true;
      pool.pass(12_000);
      const none = await refused("DVCE_PLACEMENT_INFEASIBLE", () =>
        pool.controller.images.announce("other", imageOf(9).index.encode()),
      );
      expect(none.details.map((detail) => detail.message)).toContain("a is unreachable");
    });

    it("expire when they are only announced, and nodes forget them", async () => {
      const { index } = imageOf(1);
      await pool.controller.images.announce("debian", index.encode());
      const complete = await push("other", 2);
      pool.pass(4_000);
      pool.nowMs += 24 * hour;
      pool.controller.tick();
      pool.beatAll();
      await refused("DVCE_VERSION_NOT_FOUND", () => pool.controller.images.getVersion(index.version));
      expect([...pool.agent("a").indexes.keys()]).toEqual([complete]);
    });

    it("keep their versions in the order of their commits", async () => {
      const first = await push("debian", 1);
      const second = await push("debian", 2);
      expect(pool.controller.images.get("debian")).toMatchObject({ version: second });
      expect(pool.controller.images.get("debian").versions.map((one) => one.version)).toEqual([
        first,
        second,
      ]);
      await push("debian", 1);
      expect(pool.controller.images.get("debian").version).toBe(first);
    });

    it("are not deleted under a cluster, and share versions between names", async () => {
      const version = await push("debian", 1);
      apply(specOf("web", version, 1));
      const { images } = pool.controller;
      const inUse = await refused("DVCE_IMAGE_IN_USE", () => images.delete("debian"));
      expect(inUse.message).toContain("used by web");
      await push("alias", 1);
      images.delete("debian");
      expect(images.getVersion(version).image).toBe("alias");
      pool.controller.clusters.delete("web");
      images.delete("alias");
      await refused("DVCE_VERSION_NOT_FOUND", () => images.getVersion(version));
      await refused("DVCE_IMAGE_NOT_FOUND", () => images.delete("alias"));
    });
  });

  describe("clusters", () => {
    let version: string;
    beforeEach(async () => {
      ["a", "b", "c"].forEach((name) => pool.join(name));
      version = await push("debian", 1, 2);
    });

    it("are planned where the image is, the same each time, and committed exactly so", () => {
      const spec = specOf("web", version, 3, { antiAffinity: true });
      const plan = pool.controller.clusters.plan(spec);
      expect(plan.placements.map(({ node, missingBytes }) => [node, missingBytes])).toEqual([
        ["a", 0],
        ["b", 0],
        ["c", 131072],
      ]);
      // What changes in the pool meanwhile changes neither a plan that was shown nor what is committed of it.
      imageOf(1, 2).index.chunks.forEach((chunk) => pool.agent("c").chunks.add(chunk.digest));
      pool.pass(hour);
      const turned = { ...spec, members: [...spec.members].reverse() };
      expect(pool.controller.clusters.plan(turned)).toEqual({
        ...plan,
        expiresAt: "2026-01-02T01:00:00.000Z",
        placements: [...plan.placements].reverse(),
      });
      const cluster = pool.controller.clusters.commit({ spec, placements: plan.placements });
      expect(cluster.placements).toEqual(plan.placements);
      expect(pool.controller.clusters.plan(spec).placements).toEqual(plan.placements);
      expect(pool.controller.clusters.commit({ spec, placements: plan.placements })).toEqual(cluster);
      expect(pool.controller.pool.node("a").allocated).toEqual({ vcpus: 1, memoryMiB: 1024, diskBytes: GiB });
    });

    it("are planned afresh once what they were planned from was committed and is gone", () => {
      const spec = specOf("web", version, 1);
      expect(apply(spec).placements[0]?.node).toBe("a");
      pool.controller.clusters.delete("web");
      pool.controller.decisions.cordon("a");
      expect(pool.controller.clusters.plan(spec).placements[0]?.node).toBe("b");
    });

    it("count an announced version as whole on its targets, and wait for its push before a commit", async () => {
      const { index } = imageOf(5, 6);
      const announced = await pool.controller.images.announce("new", index.encode());
      const spec = specOf("web", index.version, 1);
      const { placements } = pool.controller.clusters.plan(spec);
      expect(placements[0]).toMatchObject({ node: announced.targets[0], missingBytes: 0 });
      const incomplete = await refused("DVCE_IMAGE_INCOMPLETE", () =>
        pool.controller.clusters.commit({ spec, placements }),
      );
      expect(incomplete.details[0]?.path).toEqual(["members", "0", "version"]);
      await push("new", 5, 6);
      pool.controller.clusters.commit({ spec, placements });
    });

    it.each<[string, ErrorCode, (spec: ClusterSpec) => ClusterSpec, (string | number)[]]>([
      [
        "a duplicate member",
        "DVCE_MEMBER_DUPLICATE",
        (s) => ({ ...s, members: [...s.members, ...s.members] }),
        ["members", "0"],
      ],
      [
        "a name that is too long",
        "DVCE_INPUT_INVALID",
        (s) => ({ ...s, name: "x".repeat(62) }),
        ["members", "0"],
      ],
      [
        "an unknown version",
        "DVCE_VERSION_NOT_FOUND",
        (s) => ({ ...s, members: s.members.map((m) => ({ ...m, version: "f".repeat(64) })) }),
        ["members", "0", "version"],
      ],
      [
        "a disk smaller than its image",
        "DVCE_VOLUME_SIZE_INVALID",
        (s) => ({ ...s, members: s.members.map((m) => ({ ...m, diskBytes: 65536 })) }),
        ["members", "0", "diskBytes"],
      ],
    ])("are refused for %s, with the path", async (_name, code, change, path) => {
      const error = await refused(code, () =>
        pool.controller.clusters.plan(change(specOf("web", version, 1))),
      );
      expect(error.details[0]?.path).toEqual(path);
    });

    it("have domain names of their own in the pool", async () => {
      apply(
        clusterSpecSchema.parse({
          ...specOf("a", version, 1),
          members: [{ ...specOf("a", version, 1).members[0], name: "b-c" }],
        }),
      );
      const clash = specOf("a-b", version, 1);
      const members = clash.members.map((member) => ({ ...member, name: "c" }));
      const error = await refused("DVCE_MEMBER_DUPLICATE", () =>
        pool.controller.clusters.plan({ ...clash, members }),
      );
      expect(error.message).toContain("taken by member b-c of cluster a");
    });

    it("are refused where they fit nowhere, node by node", async () => {
      pool.controller.decisions.cordon("a");
      const spec = specOf("web", version, 3, { antiAffinity: true });
      const error = await refused("DVCE_PLACEMENT_INFEASIBLE", () => pool.controller.clusters.plan(spec));
      expect(error.details).toHaveLength(3);
      expect(error.details[0]?.message).toContain("a is cordoned");
    });

    it.each(["cordon", "fence"] as const)(
      "refuse a stale plan after a %s, change nothing, and plan anew",
      async (action) => {
        const { clusters, decisions } = pool.controller;
        const spec = specOf("web", version, 1);
        const { placements } = clusters.plan(spec);
        const node = placements[0]?.node ?? "";
        decisions[action](node);
        expect(clusters.plan(spec).placements).toEqual(placements);
        const error = await refused("DVCE_PLAN_STALE", () => clusters.commit({ spec, placements }));
        expect(error.message).toContain(action === "cordon" ? "a is cordoned" : "a is fenced");
        expect(error.details[0]?.path).toEqual(["members", "0"]);
        await refused("DVCE_CLUSTER_NOT_FOUND", () => clusters.get("web"));
        const anew = clusters.plan(spec);
        expect(anew.placements[0]?.node).not.toBe(node);
        clusters.commit({ spec, placements: anew.placements });
      },
    );

    it("refuse a plan whose node died, one never made, one expired, and other nodes than planned", async () => {
      const { clusters } = pool.controller;
      const spec = specOf("web", version, 1);
      await refused("DVCE_PLAN_STALE", () =>
        clusters.commit({ spec, placements: [{ member: "0", node: "a" }] }),
      );
      clusters.plan(spec);
      const other = await refused("DVCE_PLAN_STALE", () =>
        clusters.commit({ spec, placements: [{ member: "0", node: "c" }] }),
      );
      expect(other.message).toContain("member 0 is planned on a, not on c");
      const { placements } = clusters.plan(spec);
      pool.agent("a").down = true;
      pool.pass(12_000);
      const died = await refused("DVCE_PLAN_STALE", () => clusters.commit({ spec, placements }));
      expect(died.message).toContain("node a is unreachable");
      const later = clusters.plan(spec);
      pool.pass(2_000);
      pool.nowMs += 24 * hour;
      pool.beatAll();
      await refused("DVCE_PLAN_STALE", () => clusters.commit({ spec, placements: later.placements }));
    });

    it("race for the last slot: one wins, the other changes nothing", async () => {
      const { clusters } = pool.controller;
      const big = (name: string) => {
        const spec = specOf(name, version, 3, { antiAffinity: true });
        return { ...spec, members: spec.members.map((member) => ({ ...member, memoryMiB: 3000 })) };
      };
      const [one, two] = [big("one"), big("two")];
      const planOne = clusters.plan(one);
      const planTwo = clusters.plan(two);
      clusters.commit({ spec: two, placements: planTwo.placements });
      const error = await refused("DVCE_PLAN_STALE", () =>
        clusters.commit({ spec: one, placements: planOne.placements }),
      );
      expect(error.message).toContain("too little memory: 3000 MiB needed, 1096 MiB of 4096 MiB free");
      expect(clusters.list().map((cluster) => cluster.name)).toEqual(["two"]);
      await refused("DVCE_PLACEMENT_INFEASIBLE", () => clusters.plan(one));
    });

    it("keep members on a cordoned node, and move them off a fenced one at the next plan", () => {
      const spec = specOf("web", version, 1);
      const { placements } = apply(spec);
      const { clusters, decisions } = pool.controller;
      decisions.cordon("a");
      const warning = "a is cordoned: it takes no new members";
      expect(clusters.plan(spec).placements).toEqual([{ ...placements[0], warning }]);
      const grown = apply(specOf("web", version, 2));
      expect(grown.placements.map((placement) => placement.node)).toEqual(["a", "b"]);
      decisions.fence("a");
      expect(apply(specOf("web", version, 2)).placements.map((placement) => placement.node)).not.toContain(
        "a",
      );
    });

    it("are not deleted over their volumes, and deletion is idempotent", async () => {
      const { clusters, volumes } = pool.controller;
      apply(specOf("web", version, 1));
      await volumes.create({ cluster: "web", member: "0", node: "a", seed });
      await refused("DVCE_CLUSTER_IN_USE", () => clusters.delete("web"));
      await volumes.delete("web-0");
      clusters.delete("web");
      clusters.delete("web");
      expect(clusters.list()).toEqual([]);
    });
  });

  describe("volumes", () => {
    let version: string;
    const request = { cluster: "web", member: "0", node: "a", seed };
    beforeEach(async () => {
      ["a", "b"].forEach((name) => pool.join(name));
      version = await push("debian", 1);
      apply(specOf("web", version, 1));
    });

    it("are made on the placed node and described by it", async () => {
      const { volumes } = pool.controller;
      const made = await volumes.create(request);
      expect(made).toMatchObject({
        domain: "web-0",
        node: "a",
        version,
        sizeBytes: GiB,
        path: "/var/lib/dvce/volumes/web-0.qcow2",
      });
      pool.agent("a").volumes.set("web-0", { ...made, fetchedBytes: 42 });
      expect((await volumes.get("web-0")).fetchedBytes).toBe(42);
      expect(await volumes.list()).toEqual([{ ...made, fetchedBytes: 42 }]);
      expect(pool.controller.vms.nodeOfVolumePath("/var/lib/dvce/volumes/web-0-seed.iso")).toBe("a");
    });

    it("are refused on another node than placed, and without a placement", async () => {
      const { volumes } = pool.controller;
      await refused("DVCE_PLAN_STALE", () => volumes.create({ ...request, node: "b" }));
      await refused("DVCE_CLUSTER_NOT_FOUND", () => volumes.create({ ...request, member: "1" }));
      expect(pool.agent("b").volumes.size).toBe(0);
    });

    it("of an unreachable node are listed as last known, and neither read nor deleted", async () => {
      const { volumes } = pool.controller;
      const made = await volumes.create(request);
      pool.agent("a").down = true;
      pool.pass(12_000);
      expect(await volumes.list()).toMatchObject([{ ...made, hydratedAt: expect.any(String) }]);
      await refused("DVCE_NODE_UNREACHABLE", () => volumes.get("web-0"));
      await refused("DVCE_NODE_UNREACHABLE", () => volumes.delete("web-0"));
    });

    it("of a fenced node are gone, and made again elsewhere", async () => {
      const { volumes, decisions } = pool.controller;
      await volumes.create(request);
      decisions.fence("a");
      await refused("DVCE_VOLUME_NOT_FOUND", () => volumes.get("web-0"));
      expect(await volumes.list()).toEqual([]);
      apply(specOf("web", version, 1));
      expect((await volumes.create({ ...request, node: "b" })).node).toBe("b");
      await volumes.delete("web-0");
      expect(pool.agent("b").volumes.size).toBe(0);
    });

    it("are deleted once, also where the node has lost them", async () => {
      const { volumes } = pool.controller;
      await volumes.create(request);
      pool.agent("a").volumes.clear();
      await refused("DVCE_VOLUME_NOT_FOUND", () => volumes.get("web-0"));
      await volumes.delete("web-0");
      await volumes.delete("web-0");
      expect(await volumes.list()).toEqual([]);
    });
  });

  describe("domains", () => {
    const uuid = "11111111-1111-1111-1111-111111111111";
    beforeEach(() => ["a", "b"].forEach((name) => pool.join(name)));

    it("of members are routed by their placement and known by what the gateway records", async () => {
      const version = await push("debian", 1);
      apply(specOf("web", version, 1));
      const { vms } = pool.controller;
      expect(vms.nodeOfDomain("web-0")).toBe("a");
      await vms.recordDefined({ name: "web-0", uuid, node: "a" });
      await vms.recordStarted(uuid);
      expect(vms.nodeOfDomainUuid(uuid)).toBe("a");
      expect(await vms.list()).toEqual([
        {
          domain: "web-0",
          uuid,
          node: "a",
          cluster: "web",
          startedAt: "2026-01-01T00:00:00.000Z",
          hydration: null, // it has no volume
        },
      ]);
      expect(pool.controller.pool.node("a").allocated.vcpus).toBe(1);
      expect(await vms.console("web-0", 5)).toEqual({ text: "web-0", totalBytes: 16 });
      await refused("DVCE_DOMAIN_NOT_FOUND", () => vms.console("nothing", 5));
      await vms.recordUndefined(uuid);
      expect(await vms.list()).toEqual([]);
      expect(kinds().slice(-4)).toEqual(["placed", "defined", "started", "undefined"]);
    });

    it("of members keep their capacity when their placement leaves them behind", async () => {
      const version = await push("debian", 1);
      apply(specOf("web", version, 1));
      const { vms, clusters } = pool.controller;
      await vms.recordDefined({ name: "web-0", uuid, node: "a" });
      clusters.delete("web");
      expect(pool.controller.pool.node("a").allocated).toEqual({ vcpus: 1, memoryMiB: 1024, diskBytes: 0 });
      await vms.recordUndefined(uuid);
      expect(pool.controller.pool.node("a").allocated.vcpus).toBe(0);
    });

    it("that no cluster declares are lost with a fenced node, and can be made again", async () => {
      const { vms, decisions } = pool.controller;
      const domain = { name: "mine", vcpus: 1, memoryMiB: 1024 };
      const node = await vms.placeUnknownDomain(domain);
      await vms.recordDefined({ name: "mine", uuid, node });
      decisions.fence(node);
      expect(vms.nodeOfDomain("mine")).toBeUndefined();
      expect(await vms.placeUnknownDomain(domain)).not.toBe(node);
    });

    it("that no cluster declares are placed on the spot and hold their capacity", async () => {
      const { vms } = pool.controller;
      const domain = { name: "mine", vcpus: 3, memoryMiB: 1024 };
      const node = await vms.placeUnknownDomain(domain);
      expect(vms.nodeOfDomain("mine")).toBe(node);
      expect(await vms.placeUnknownDomain({ ...domain, name: "yours" })).not.toBe(node);
      await refused("DVCE_PLACEMENT_INFEASIBLE", () => vms.placeUnknownDomain({ ...domain, name: "third" }));
      await vms.recordDefined({ name: "mine", uuid, node });
      pool.pass(62_000); // yours was never defined
      expect(vms.nodeOfDomain("yours")).toBeUndefined();
      expect(pool.controller.pool.node(node).allocated).toEqual({ vcpus: 3, memoryMiB: 1024, diskBytes: 0 });
      const version = await push("debian", 1);
      const spec = { ...specOf("x", version, 1), name: "x" };
      await vms.recordDefined({ name: "x-0", uuid: uuid.replaceAll("1", "2"), node });
      await refused("DVCE_MEMBER_DUPLICATE", () => pool.controller.clusters.plan(spec));
    });
  });

  it("tells its history in order and lets nobody change it", async () => {
    pool.join("a");
    const version = await push("debian", 1);
    apply(specOf("web", version, 1));
    expect(kinds()).toEqual(["node-joined", "node-up", "imported", "placed"]);
    expect(pool.controller.history.list()[3]).toMatchObject({
      cluster: "web",
      domain: "web-0",
      node: "a",
      version,
      detail: { missingBytes: 0, reason: "already has the whole image" },
    });
  });

  it("finds everything again after its process ended, and shares its database with nobody", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dvce-controller-"));
    try {
      const path = join(folder, "controller.sqlite");
      const first = Database.open(path);
      await refused("DVCE_STORE_LOCKED", () => Database.open(path));
      first.run("INSERT INTO clusters (name, spec, updated_ms) VALUES ('x', '{}', 1)");
      expect(() =>
        first.transaction(() => {
          first.run("DELETE FROM clusters");
          throw new Error("halfway");
        }),
      ).toThrow("halfway");
      expect(first.run("UPDATE clusters SET updated_ms = 2")).toBe(1);
      first.run("INSERT INTO events (at_ms, kind, detail) VALUES (1, 'x', '{}')");
      expect(() => first.run("UPDATE events SET kind = 'y'")).toThrow("append-only");
      expect(() => first.run("DELETE FROM events")).toThrow("append-only");
      first.close();
      const second = Database.open(path);
      expect(second.run("DELETE FROM clusters WHERE updated_ms = 2")).toBe(1);
      second.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
