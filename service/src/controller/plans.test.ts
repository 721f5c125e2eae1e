/** How long plans hold, what they bind, and what is said of those that do not hold any more. */
import { clusterSpecSchema, type ClusterSpec } from "@dvce/api";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryPool } from "../../../test/support/memory-agent";
import { refused } from "../../../test/support/refused";

const GiB = 1024 ** 3;
const hourMs = 3600_000;

describe("plans", () => {
  let pool: MemoryPool;
  let version: string;
  beforeEach(async () => {
    pool = new MemoryPool();
    for (const name of ["a", "b", "c"]) pool.join(name);
    version = await pool.push("debian", 1, 2);
  });
  afterEach(() => pool.close());

  function specOf(name: string, count: number, more: object = {}): ClusterSpec {
    const member = { version, vcpus: 1, memoryMiB: 1024, diskBytes: GiB };
    const members = Array.from({ length: count }, (_, i) => ({ ...member, name: `${i}` }));
    return clusterSpecSchema.parse({ name, members, ...more });
  }

  const clusters = () => pool.controller.clusters;
  const commit = (spec: ClusterSpec, { placements } = clusters().plan(spec)) =>
    clusters().commit({ spec, placements });
  const nodesOf = (plan: { placements: readonly { member: string; node: string }[] }) =>
    plan.placements.map(({ node }) => node).join("");
  const stale = (spec: ClusterSpec, plan: ReturnType<typeof pool.controller.clusters.plan>) =>
    refused("DVCE_PLAN_STALE", () => commit(spec, plan));

  it("are explained when asked, the same the second time", () => {
    const spec = specOf("web", 2);
    const plan = clusters().plan(spec, { explain: true });
    expect(plan.explanations?.map(({ member, chosen }) => [member, chosen.node])).toEqual(
      plan.placements.map(({ member, node }) => [member, node]),
    );
    expect(plan.explanations?.[0]?.rejected.map(({ node }) => node)).toEqual(expect.arrayContaining(["c"]));
    pool.controller.decisions.cordon("c");
    expect(clusters().plan(spec, { explain: true })).toEqual(plan);
    expect(clusters().plan(spec)).not.toHaveProperty("explanations");
  });

  it("live for a day from when they were last shown, through restarts of the controller, and then say so", async () => {
    const spec = specOf("web", 1);
    clusters().plan(spec);
    pool.nowMs += 23 * hourMs;
    const plan = clusters().plan(spec);
    expect(plan.expiresAt).toBe("2026-01-02T23:00:00.000Z");
    pool.nowMs += 23 * hourMs;
    pool.restartController();
    for (const name of ["a", "b", "c"]) pool.join(name);
    expect(nodesOf(commit(spec, plan))).toBe(nodesOf(plan));
    const grown = specOf("web", 2);
    const later = clusters().plan(grown);
    pool.nowMs += 24 * hourMs;
    pool.beatAll();
    const error = await stale(grown, later);
    expect(error.message).toBe(
      "The plan of cluster web no longer holds: the plan expired at 2026-01-03T22:00:00.000Z. Nothing was changed. " +
        "Plan again and apply that.",
    );
    expect(clusters().get("web").placements).toHaveLength(1);
    expect(nodesOf(commit(grown))).toBe(nodesOf(later));
  });

  it("say what changed: another apply, a deletion, a drain, a fence, and a refusal before", async () => {
    const apart = { constraints: { antiAffinity: true } };
    commit(specOf("web", 1, apart));
    const grown = specOf("web", 2, apart);
    const plan = clusters().plan(grown);
    commit(specOf("web", 3, apart));
    expect((await stale(grown, plan)).message).toContain(
      "no longer holds: cluster web was changed at 2026-01-01T00:00:00.000Z; member 1 was not placed and is on ",
    );
    clusters().delete("web");
    expect((await stale(grown, plan)).message).toContain("no longer holds: cluster web was deleted.");

    commit(specOf("web", 1, apart));
    const again = clusters().plan(grown);
    const home = nodesOf(clusters().get("web"));
    pool.controller.decisions.drain(home);
    expect((await stale(grown, again)).message).toContain(`no longer holds: node ${home} is being drained.`);
    pool.controller.decisions.fence(home);
    expect((await stale(grown, again)).message).toContain(`no longer holds: node ${home} was fenced.`);
    pool.controller.decisions.unfence(home);
    pool.join(home);
    pool.controller.decisions.undrain(home);

    const held = clusters().plan(grown);
    const node = held.placements[1]?.node ?? "";
    pool.controller.decisions.cordon(node);
    const first = await stale(grown, held);
    expect(first.message).toContain(`member 1: node ${node} is cordoned`);
    const second = await stale(grown, held);
    expect(second.message).toContain(
      `it was refused at 2026-01-01T00:00:00.000Z: member 1: node ${node} is cordoned`,
    );
    expect(clusters().get("web").spec.members).toHaveLength(1);
    const never = await stale(specOf("web", 5), held);
    expect(never.message).toContain("it was never planned as it is now");
  });

  it("made before the cluster went and came again do not come back", async () => {
    const spec = specOf("web", 1);
    commit(spec);
    const node = nodesOf(clusters().get("web"));
    clusters().delete("web");
    pool.controller.decisions.cordon(node);
    expect(nodesOf(clusters().plan(spec))).not.toBe(node);
  });

  it("hold whatever else changes in the pool", async () => {
    const apart = { constraints: { antiAffinity: true } };
    commit(specOf("web", 1, apart));
    const grown = specOf("web", 2, apart);
    const plan = clusters().plan(grown);
    pool.join("d");
    await pool.push("other", 7, 8);
    commit(specOf("other", 2));
    pool.controller.decisions.cordon(plan.placements[0]?.node ?? "");
    pool.join("b", { labels: { zone: "z" } });
    const unplanned = ["a", "b", "c", "d"].find((name) => !nodesOf(plan).includes(name)) ?? "";
    pool.controller.decisions.fence(unplanned);
    expect(nodesOf(clusters().plan(grown))).toBe(nodesOf(plan));
    expect(nodesOf(commit(grown, plan))).toBe(nodesOf(plan));
  });

  it("do not outlive the protection that forbids a deletion, which is lifted by an apply", async () => {
    commit(specOf("web", 1, { deletionProtection: true }));
    const error = await refused("DVCE_CLUSTER_PROTECTED", () => clusters().delete("web"));
    expect(error.message).toContain("switched off first");
    const before = nodesOf(clusters().get("web"));
    expect(nodesOf(commit(specOf("web", 1)))).toBe(before);
    clusters().delete("web");
    expect(clusters().list()).toEqual([]);
  });

  it("move members for the sake of balance only when that is asked for, and once", async () => {
    const twin = (name: string) => specOf(name, 2, { constraints: { nodeSelector: { rack: "1" } } });
    pool.join("a", { labels: { rack: "1" } });
    commit(twin("web"));
    expect(nodesOf(clusters().get("web"))).toBe("aa");
    pool.join("b", { labels: { rack: "1" } });
    pool.join("b2", {
      labels: { rack: "1" },
      capacity: { vcpus: 64, memoryMiB: 2 ** 17, diskBytes: 2 ** 40 },
    });
    await pool.controller.images.announce("debian", pool.controller.images.getIndexBytes(version));
    expect(nodesOf(clusters().plan(twin("web")))).toBe("aa");
    const asked = { ...twin("web"), rebalance: "1" };
    const plan = clusters().plan(asked);
    const placed = commit(asked, plan);
    expect(nodesOf(placed)).toBe(nodesOf(plan));
    for (const { moved, node, reason } of plan.placements) {
      expect(moved === null ? node : moved).toBe("a");
      if (moved !== null) expect(reason).toContain("moves from a");
    }
    pool.join("d", {
      labels: { rack: "1" },
      capacity: { vcpus: 64, memoryMiB: 2 ** 17, diskBytes: 2 ** 40 },
    });
    expect(nodesOf(clusters().plan(asked))).toBe(nodesOf(placed));
    expect(nodesOf(clusters().plan(twin("web")))).toBe(nodesOf(placed));
  });
});

describe("a pool whose database is on a disk", () => {
  it("has one controller at a time: a second one over the same file is refused, and changes nothing", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dvce-plans-test-"));
    const path = join(folder, "controller.sqlite");
    const pool = new MemoryPool({ path });
    try {
      await refused("DVCE_STORE_LOCKED", () => new MemoryPool({ path }));
      pool.join("a");
      expect(pool.controller.registry.list()).toHaveLength(1);
    } finally {
      pool.close();
      rmSync(folder, { recursive: true });
    }
  });
});
