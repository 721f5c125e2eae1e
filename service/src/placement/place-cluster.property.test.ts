/** Random pools and clusters against exhaustive search. fast-check prints the seed of a failure. */
import { clusterSpecSchema, isDvceError, type ClusterSpec, type NodeState, type Placement } from "@dvce/api";
import fc from "fast-check";
import { placementFilters } from "./filter";
import { placeCluster } from "./place-cluster";
import { compareCosts, type Cost } from "./score/cost";
import type { NodeSnapshot, PoolSnapshot } from "./snapshot";
import { Board } from "./solve/board";

const versions = ["a".repeat(64), "b".repeat(64), "c".repeat(64)];
const MiB = 1024 ** 2;
const state: fc.Arbitrary<NodeState> = fc.constantFrom(
  ...(["ready", "ready", "ready", "ready", "cordoned", "unreachable", "fenced"] as const),
);

const nodeArbitrary = fc
  .record({
    state,
    zone: fc.constantFrom("east", "west"),
    vcpus: fc.integer({ min: 0, max: 6 }),
    memoryMiB: fc.integer({ min: 0, max: 6 }).map((count) => count * 512),
    disk: fc.integer({ min: 0, max: 8 }).map((count) => count * MiB),
    allocatedVcpus: fc.integer({ min: 0, max: 1 }),
    missing: fc.tuple(...versions.map(() => fc.constantFrom(0, 0, 100, 250, 500))),
  })
  .map((value) => (name: string): NodeSnapshot => ({
    name,
    state: value.state,
    architecture: "x86_64",
    domainType: "qemu",
    labels: { zone: value.zone },
    capacity: { vcpus: value.vcpus + 1, memoryMiB: value.memoryMiB + 512, diskBytes: value.disk + 2 * MiB },
    allocated: { vcpus: value.allocatedVcpus, memoryMiB: 0, diskBytes: 0 },
    linkBytesPerSecond: null,
    missingBytes: new Map(versions.map((version, index) => [version, value.missing[index] ?? 0])),
  }));

const poolArbitrary: fc.Arbitrary<PoolSnapshot> = fc
  .array(nodeArbitrary, { minLength: 1, maxLength: 4 })
  .map((makers) => ({
    nodes: makers.map((make, index) => make(`n${index}`)),
    dataBytes: new Map(versions.map((version) => [version, 500])),
  }));

const specArbitrary: fc.Arbitrary<ClusterSpec> = fc
  .record({
    members: fc.array(
      fc.record({
        version: fc.constantFrom(...versions),
        vcpus: fc.integer({ min: 1, max: 3 }),
        memoryMiB: fc.integer({ min: 1, max: 3 }).map((count) => count * 512),
        diskBytes: fc.integer({ min: 1, max: 4 }).map((count) => count * MiB),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    antiAffinity: fc.boolean(),
    nodeSelector: fc.constantFrom({}, {}, { zone: "west" }),
  })
  .map(({ members, ...constraints }) =>
    clusterSpecSchema.parse({
      name: "c",
      members: members.map((member, index) => ({ ...member, name: `m${index}` })),
      constraints,
    }),
  );

function place(pool: PoolSnapshot, spec: ClusterSpec): Placement[] | undefined {
  try {
    return placeCluster(pool, spec);
  } catch (error) {
    if (!isDvceError(error, "DVCE_PLACEMENT_INFEASIBLE")) throw error;
    expect(error.details).toHaveLength(pool.nodes.length);
    return undefined;
  }
}

/** The best of all assignments, or undefined when none is feasible. */
function exhaustive(pool: PoolSnapshot, spec: ClusterSpec): Cost | undefined {
  const board = new Board(pool, spec.members, spec.constraints);
  let best: Cost | undefined;
  const visit = (member: number): void => {
    if (member === spec.members.length) {
      const cost = board.total();
      if (best === undefined || compareCosts(cost, best) < 0) best = cost;
      return;
    }
    for (let node = 0; node < board.nodeCount; node++) {
      if (board.rejection(placementFilters, member, node) !== undefined) continue;
      board.place(member, node);
      visit(member + 1);
      board.remove(member);
    }
  };
  visit(0);
  return best;
}

function costOf(pool: PoolSnapshot, spec: ClusterSpec, placements: readonly Placement[]): Cost {
  const board = new Board(pool, spec.members, spec.constraints);
  spec.members.forEach((member, index) => {
    const placed = placements.find((placement) => placement.member === member.name);
    board.place(
      index,
      pool.nodes.findIndex((node) => node.name === placed?.node),
    );
  });
  return board.total();
}

describe("placeCluster on random pools", () => {
  it("keeps every filter, refuses only what is infeasible, and comes near the best cost", () => {
    let [feasible, optimal, missingBytes, missingBytesBest] = [0, 0, 0, 0];
    fc.assert(
      fc.property(poolArbitrary, specArbitrary, (pool, spec) => {
        const best = exhaustive(pool, spec);
        const placements = place(pool, spec);
        expect(placements === undefined).toBe(best === undefined);
        if (placements === undefined || best === undefined) return;
        for (const node of pool.nodes) {
          const here = spec.members.filter((member) =>
            placements.some((placed) => placed.member === member.name && placed.node === node.name),
          );
          if (here.length === 0) continue;
          const sum = (of: (member: (typeof here)[number]) => number) =>
            here.reduce((all, m) => all + of(m), 0);
          expect(node.state).toBe("ready");
          expect(node.allocated.vcpus + sum((m) => m.vcpus)).toBeLessThanOrEqual(node.capacity.vcpus);
          expect(sum((m) => m.memoryMiB)).toBeLessThanOrEqual(node.capacity.memoryMiB);
          expect(sum((m) => m.diskBytes)).toBeLessThanOrEqual(node.capacity.diskBytes);
          if (spec.constraints.antiAffinity) expect(here).toHaveLength(1);
          expect(node.labels).toMatchObject(spec.constraints.nodeSelector);
        }
        const cost = costOf(pool, spec, placements);
        expect(compareCosts(cost, best)).toBeGreaterThanOrEqual(0);
        feasible++;
        if (compareCosts(cost, best) === 0) optimal++;
        missingBytes += cost.missingBytes;
        missingBytesBest += best.missingBytes;
      }),
      { numRuns: 4000 },
    );
    expect(feasible).toBeGreaterThan(500);
    expect(optimal / feasible).toBeGreaterThan(0.95);
    expect(missingBytes).toBeLessThanOrEqual(missingBytesBest * 1.02);
  });

  it("gives the same plan for the same input, in whatever order it is given", () => {
    fc.assert(
      fc.property(poolArbitrary, specArbitrary, (pool, spec) => {
        const turned = { ...pool, nodes: [...pool.nodes].reverse() };
        const turnedSpec = { ...spec, members: [...spec.members].reverse() };
        expect(place(turned, turnedSpec)).toEqual(place(pool, spec));
      }),
      { numRuns: 3000 },
    );
  });

  it("moves nothing when the cluster is unchanged, whatever happened to the pool but a fence", () => {
    fc.assert(
      fc.property(poolArbitrary, poolArbitrary, specArbitrary, (pool, drift, spec) => {
        const placements = place(pool, spec);
        if (placements === undefined) return;
        const later = {
          ...pool,
          nodes: pool.nodes.map((node, index) => {
            const other = drift.nodes[index] ?? node;
            const drifted = { ...other, name: node.name };
            return other.state === "fenced" ? { ...drifted, state: "unreachable" as const } : drifted;
          }),
        };
        expect(placeCluster(later, spec, { spec, placements })).toEqual(placements);
      }),
      { numRuns: 3000 },
    );
  });
});
