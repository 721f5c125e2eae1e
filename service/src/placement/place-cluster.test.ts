import { clusterSpecSchema, isDvceError, type ClusterSpec, type MemberSpec } from "@dvce/api";
import { placeCluster as decide } from "./place-cluster";
import type { NodeSnapshot, PoolSnapshot } from "./snapshot";

const v1 = "1".repeat(64);
const v2 = "2".repeat(64);
const GiB = 1024 ** 3;

function node(name: string, missing: number, more: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return {
    name,
    state: "ready",
    architecture: "x86_64",
    domainType: "kvm",
    labels: {},
    capacity: { vcpus: 8, memoryMiB: 8192, diskBytes: 100 * GiB },
    allocated: { vcpus: 0, memoryMiB: 0, diskBytes: 0 },
    linkBytesPerSecond: 125e6,
    missingBytes: new Map([[v1, missing]]),
    ...more,
  };
}

const pool = (...nodes: NodeSnapshot[]): PoolSnapshot => ({
  nodes,
  dataBytes: new Map([
    [v1, 508e6],
    [v2, 400e6],
  ]),
});

function cluster(count: number, more: Partial<MemberSpec> = {}, constraints = {}): ClusterSpec {
  return clusterSpecSchema.parse({
    name: "web",
    members: Array.from({ length: count }, (_, index) => ({
      name: `${index}`,
      version: v1,
      vcpus: 1,
      memoryMiB: 512,
      diskBytes: 4 * GiB,
      ...more,
    })),
    constraints,
  });
}

const placeCluster = (...input: Parameters<typeof decide>) => decide(...input).placements;

const nodesOf = (placements: readonly { node: string }[]) => placements.map((placement) => placement.node);

describe("placeCluster", () => {
  it("puts a member where the whole image already lies", () => {
    const [placed] = placeCluster(pool(node("a", 508e6), node("b", 0)), cluster(1));
    expect(placed).toEqual({
      member: "0",
      domain: "web-0",
      node: "b",
      domainType: "kvm",
      missingBytes: 0,
      estimatedSeconds: 0,
      reason: "already has the whole image",
      moved: null,
      warning: null,
    });
  });

  it("says so when the image is yet to be pushed to the node", () => {
    const [placed] = placeCluster(
      pool(node("a", 508e6), node("b", 0, { arriving: new Set([v1]) })),
      cluster(1),
    );
    expect(placed).toMatchObject({
      node: "b",
      reason: "gets the whole image, as one of its replicas, when it is pushed",
    });
  });

  it("says which nearer nodes were excluded, and what must be fetched", () => {
    const placements = placeCluster(
      pool(node("node-1", 0), node("node-2", 0), node("node-3", 212e6)),
      cluster(3, {}, { antiAffinity: true }),
    );
    expect(nodesOf(placements)).toEqual(["node-1", "node-2", "node-3"]);
    expect(placements[2]).toMatchObject({ missingBytes: 212e6, estimatedSeconds: 1.696 });
    expect(placements[2]?.reason).toBe(
      "the only node left: 212 of 508 MB missing; node-1 and node-2 excluded by anti-affinity",
    );
  });

  it("spreads members over equally near nodes", () => {
    const placements = placeCluster(pool(node("a", 0), node("b", 0), node("c", 0)), cluster(3));
    expect(new Set(nodesOf(placements)).size).toBe(3);
  });

  it("lets members share one fetch instead of fetching on two nodes", () => {
    const placements = placeCluster(pool(node("a", 508e6), node("b", 508e6)), cluster(2));
    expect(new Set(nodesOf(placements)).size).toBe(1);
    expect(placements[0]?.reason).toBe("nearest of 2: 508 of 508 MB missing; fetched once for 1 too");
  });

  it("finds the joint optimum where each member's own nearest node would cost more", () => {
    // Only one member fits a node. v1 is on a; v2 is half on a and nowhere else.
    const small = { capacity: { vcpus: 1, memoryMiB: 8192, diskBytes: 100 * GiB } };
    const spec = clusterSpecSchema.parse({
      name: "two",
      members: [
        { name: "x", version: v2, vcpus: 1, memoryMiB: 512, diskBytes: GiB },
        { name: "y", version: v1, vcpus: 1, memoryMiB: 512, diskBytes: GiB },
      ],
    });
    const a = node("a", 0, {
      ...small,
      missingBytes: new Map([
        [v1, 0],
        [v2, 200e6],
      ]),
    });
    const placements = placeCluster(pool(a, node("b", 508e6, small)), spec);
    expect(nodesOf(placements)).toEqual(["b", "a"]);
    expect(placements[0]?.reason).toContain("400 of 400 MB missing; a excluded by vCPU");
  });

  it("refuses with every node, the filter that failed and numbers", () => {
    const nodes = pool(
      node("a", 0, { state: "cordoned" }),
      node("b", 0, { allocated: { vcpus: 0, memoryMiB: 8000, diskBytes: 0 } }),
      node("c", 0, { labels: { zone: "east" } }),
      node("d", 0, { capacity: { vcpus: 8, memoryMiB: 8192, diskBytes: GiB }, labels: { zone: "west" } }),
      node("e", 0, {
        capacity: { vcpus: 1.5, memoryMiB: 8192, diskBytes: 9 * GiB },
        labels: { zone: "west" },
      }),
    );
    let caught: unknown;
    try {
      placeCluster(nodes, cluster(1, { vcpus: 2 }, { nodeSelector: { zone: "west" } }));
    } catch (error) {
      caught = error;
    }
    if (!isDvceError(caught, "DVCE_PLACEMENT_INFEASIBLE")) throw caught;
    expect(caught.message).toContain("Member 0 (2 vCPU, 512 MiB memory, 4.0 GiB disk) finds no node");
    expect(caught.details).toEqual(
      [
        "a is cordoned: it takes no new members (readiness)",
        "b does not match the node selector zone=west: it has no such label (node selector)",
        "c does not match the node selector zone=west: it has zone=east (node selector)",
        "d has too little disk: 4.0 GiB needed, 1.0 GiB of 1.0 GiB free (disk)",
        "e has too little vCPU: 2 needed, 1.5 of 1.5 free (vCPU)",
      ].map((message) => ({ path: ["members", "0"], message })),
    );
  });

  it("selects by architecture without a label being given", () => {
    const arm = node("arm", 508e6, { architecture: "aarch64" });
    const spec = cluster(1, {}, { nodeSelector: { architecture: "aarch64" } });
    expect(nodesOf(placeCluster(pool(node("a", 0), arm), spec))).toEqual(["arm"]);
  });

  it("packs what greedy alone would not", () => {
    // Free: 3 and 4 GiB. Members of 2, 2 and 3 GiB fit only as 3 | 2+2.
    const free = (memoryMiB: number) => ({ capacity: { vcpus: 8, memoryMiB, diskBytes: 100 * GiB } });
    const spec = clusterSpecSchema.parse({
      name: "pack",
      members: [2048, 2048, 3072].map((memoryMiB, index) => ({
        name: `m${index}`,
        version: v1,
        vcpus: 1,
        memoryMiB,
        diskBytes: GiB,
      })),
    });
    const placements = placeCluster(pool(node("a", 508e6, free(3072)), node("b", 0, free(4096))), spec);
    expect(nodesOf(placements)).toEqual(["b", "b", "a"]);
  });

  it("keeps the maximum skew over a label, and refuses where nodes lack it", () => {
    const zones = pool(
      node("a", 0, { labels: { zone: "east" } }),
      node("b", 508e6, { labels: { zone: "west" } }),
      node("c", 0),
    );
    const skewed = { maxSkew: { zone: 1 } };
    expect(nodesOf(placeCluster(zones, cluster(3, {}, skewed)))).toEqual(["a", "a", "b"]);
    expect(() => placeCluster(pool(node("c", 0)), cluster(1, {}, skewed))).toThrow(
      "there is no placement that fits",
    );
  });

  it("shuns nodes with a bad record where the bytes allow it", () => {
    const failing = node("a", 0, { history: { bootFailures: 3, flaps: 0 } });
    expect(nodesOf(placeCluster(pool(failing, node("b", 50e6)), cluster(1)))).toEqual(["b"]);
    expect(nodesOf(placeCluster(pool(failing, node("b", 508e6)), cluster(1)))).toEqual(["a"]);
  });

  it("does not fill a node for a few bytes", () => {
    const full = node("a", 0, { allocated: { vcpus: 7, memoryMiB: 7600, diskBytes: 0 } });
    expect(nodesOf(placeCluster(pool(full, node("b", 1)), cluster(1)))).toEqual(["b"]);
    expect(nodesOf(placeCluster(pool(full, node("b", 100e6)), cluster(1)))).toEqual(["a"]);
  });

  describe("explanations", () => {
    it("set the chosen node beside the best of the others, with what is against each", () => {
      const nodes = pool(
        node("a", 0),
        node("b", 0, { allocated: { vcpus: 4, memoryMiB: 4096, diskBytes: 0 } }),
        node("c", 0, { state: "cordoned" }),
        node("d", 212e6),
        node("e", 0, { history: { bootFailures: 2, flaps: 1 } }),
        node("f", 508e6),
        node("g", 0),
      );
      const [explanation] = decide(nodes, cluster(1)).explanations;
      expect(explanation).toEqual({
        member: "0",
        chosen: {
          node: "a",
          missingBytes: 0,
          estimatedSeconds: 0,
          reason: "already has the whole image",
        },
        rejected: [
          {
            node: "g",
            missingBytes: 0,
            estimatedSeconds: 0,
            filter: null,
            reason: "already has the whole image: as good, and later by name",
          },
          {
            node: "b",
            missingBytes: 0,
            estimatedSeconds: 0,
            filter: null,
            reason: "already has the whole image, and would be 63 % full, not 13 %",
          },
          {
            node: "e",
            missingBytes: 0,
            estimatedSeconds: 0,
            filter: null,
            reason:
              "already has the whole image, and has a worse record: 2 failed boots and 1 lost heartbeats",
          },
          {
            node: "c",
            missingBytes: 0,
            estimatedSeconds: 0,
            filter: "readiness",
            reason: "is cordoned: it takes no new members",
          },
          {
            node: "d",
            missingBytes: 212e6,
            estimatedSeconds: 1.696,
            filter: null,
            reason: "212 of 508 MB missing",
          },
        ],
        furtherNodes: 1,
      });
    });

    it("say that members stay until they are asked to move", () => {
      const before = pool(node("a", 0), node("b", 508e6));
      const spec = cluster(1);
      const { placements } = decide(before, spec);
      const [explanation] = decide(pool(node("a", 508e6), node("b", 0)), spec, {
        spec,
        placements,
      }).explanations;
      expect(explanation?.chosen).toMatchObject({ node: "a", missingBytes: 0 });
      expect(explanation?.rejected[0]?.reason).toBe(
        "already has the whole image, but members stay where they are until `rebalance` changes",
      );
    });
  });

  describe("with committed members", () => {
    const spec = cluster(2);
    const before = pool(node("a", 0), node("b", 508e6));
    const committed = { spec, placements: placeCluster(before, spec) };

    it("keeps them to the letter when nearer nodes appear", () => {
      const drifted = pool(node("a", 508e6), node("b", 0), node("c", 0));
      expect(placeCluster(drifted, spec, committed)).toEqual(committed.placements);
    });

    it.each([
      ["cordoned", "it takes no new members"],
      ["unreachable", "its heartbeats stopped"],
      ["joining", "it has not yet reported what it holds"],
    ] as const)("keeps them on a %s node, with a warning", (state, why) => {
      const now = pool(node("a", 0, { state }), node("b", 0));
      const warning = `stays although a is ${state}: ${why}`;
      expect(placeCluster(now, spec, committed)).toEqual(
        committed.placements.map((placement) => ({ ...placement, warning })),
      );
      const grown = placeCluster(now, cluster(3), committed);
      expect(nodesOf(grown)).toEqual(["a", "a", "b"]);
    });

    it.each([
      ["draining", "is draining"],
      ["fenced", "was fenced"],
    ] as const)("moves them off a %s node", (state, why) => {
      const now = pool(node("a", 0, { state }), node("b", 0));
      const placements = placeCluster(now, spec, committed);
      expect(nodesOf(placements)).toEqual(["b", "b"]);
      expect(placements[0]).toMatchObject({
        moved: "a",
        reason: `moves from a, which ${why}; already has the whole image`,
      });
    });

    it("moves them off a node that left the pool", () => {
      const placements = placeCluster(pool(node("b", 0)), spec, committed);
      expect(placements[0]).toMatchObject({ node: "b", moved: "a" });
      expect(placements[0]?.reason).toContain("moves from a, which is no longer in the pool;");
    });

    it("refuses when one that must leave its node fits nowhere else, and says that it must", () => {
      const full = { capacity: { vcpus: 0, memoryMiB: 0, diskBytes: 0 } };
      const now = pool(node("a", 0, { state: "draining" }), node("b", 0, full));
      expect(() => placeCluster(now, spec, committed)).toThrow(
        "Member 0 (1 vCPU, 512 MiB memory, 4.0 GiB disk) has to leave a, which is draining, and finds no node",
      );
    });

    it("never moves what no longer fits, and says so", () => {
      const shrunk = { capacity: { vcpus: 1, memoryMiB: 8192, diskBytes: 100 * GiB } };
      const placements = placeCluster(pool(node("a", 0, shrunk), node("b", 0)), spec, committed);
      expect(nodesOf(placements)).toEqual(["a", "a"]);
      expect(placements[0]?.warning).toBe("stays although a has too little vCPU: 1 needed, 0 of 1 free");
    });

    it("keeps a changed member where it still fits, and moves it where it does not", () => {
      const changed = cluster(2, { version: v2 });
      const stayed = placeCluster(before, changed, committed);
      expect(nodesOf(stayed)).toEqual(["a", "a"]);
      expect(stayed[0]?.reason).toBe("stays where it is: 400 of 400 MB missing");
      const grown = placeCluster(before, cluster(2, { memoryMiB: 5000 }), committed);
      expect(nodesOf(grown)).toEqual(["a", "b"]);
      expect(grown[1]).toMatchObject({
        moved: "a",
        reason:
          "moves from a, which has too little memory: 5000 MiB needed, 3192 MiB of 8192 MiB free; " +
          "the only node left: 508 of 508 MB missing; a excluded by memory",
      });
    });

    it("places them afresh when asked to, and moves only whom it pays to move", () => {
      const drifted = pool(node("a", 508e6), node("b", 0), node("c", 508e6));
      const afresh = (rebalance: string | null, old = spec) =>
        placeCluster(drifted, { ...spec, rebalance }, { ...committed, spec: old });
      const placements = afresh("2026-11-23");
      expect(nodesOf(placements)).toEqual(["b", "b"]);
      expect(placements[0]).toMatchObject({
        moved: "a",
        reason: "moves from a, so that the cluster is balanced again; already has the whole image",
      });
      expect(nodesOf(afresh("2026-11-23", { ...spec, rebalance: "2026-11-23" }))).toEqual(["a", "a"]);
      expect(nodesOf(afresh(null, { ...spec, rebalance: "2026-11-23" }))).toEqual(["a", "a"]);
      const near = pool(node("a", 20e6), node("b", 0));
      expect(nodesOf(placeCluster(near, { ...spec, rebalance: "now" }, committed))).toEqual(["a", "a"]);
    });

    it("drops members that the specification no longer names", () => {
      expect(placeCluster(before, cluster(1), committed)).toEqual(committed.placements.slice(0, 1));
    });
  });
});
