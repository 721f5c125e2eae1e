/** Random pools, clusters and what happens to them, small enough that every assignment can be tried. */
import { clusterSpecSchema, type ClusterSpec, type NodeState } from "@dvce/api";
import fc from "fast-check";
import type { NodeSnapshot, PoolSnapshot } from "../../service/src/placement/snapshot";

const versions = ["a".repeat(64), "b".repeat(64), "c".repeat(64)];
const MiB = 1024 ** 2;

export interface PoolSize {
  readonly nodesMax: number;
  readonly membersMax: number;
}

/** Pools of which every assignment can be tried. */
export const small: PoolSize = { nodesMax: 4, membersMax: 5 };
const larger: PoolSize = { nodesMax: 24, membersMax: 20 };

/** All states; ready ones most often. */
const state: fc.Arbitrary<NodeState> = fc.oneof(
  { weight: 8, arbitrary: fc.constant("ready" as const) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...(["joining", "cordoned", "draining", "unreachable", "fenced"] as const)),
  },
);

/** Mostly `usual`. */
const seldom = <T>(usual: T, ...others: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );

const nodeArbitrary = fc
  .record({
    state,
    architecture: seldom<"x86_64" | "aarch64">("x86_64", "aarch64"),
    zone: fc.constantFrom("east", "west", "north"),
    rack: fc.constantFrom(undefined, "r1", "r2"),
    vcpus: fc.integer({ min: 2, max: 9 }),
    memory: fc.integer({ min: 2, max: 9 }),
    disk: fc.integer({ min: 3, max: 12 }),
    allocatedVcpus: fc.integer({ min: 0, max: 2 }),
    allocatedDisk: fc.integer({ min: 0, max: 2 }),
    cache: seldom(0, 1, 2),
    missing: fc.tuple(...versions.map(() => fc.constantFrom(0, 0, 1, 100, 250, 500))),
    bootFailures: seldom(0, 1, 5),
    flaps: seldom(0, 1, 5),
  })
  .map((value) => (name: string): NodeSnapshot => ({
    name,
    state: value.state,
    architecture: value.architecture,
    domainType: "qemu",
    labels: { zone: value.zone, ...(value.rack === undefined ? {} : { rack: value.rack }) },
    capacity: { vcpus: value.vcpus, memoryMiB: value.memory * 512, diskBytes: value.disk * MiB },
    allocated: { vcpus: value.allocatedVcpus, memoryMiB: 0, diskBytes: value.allocatedDisk * MiB },
    cacheBytes: value.cache * MiB,
    linkBytesPerSecond: null,
    missingBytes: new Map(versions.map((version, index) => [version, (value.missing[index] ?? 0) * MiB])),
    history: { bootFailures: value.bootFailures, flaps: value.flaps },
  }));

export const poolOf = ({ nodesMax }: PoolSize): fc.Arbitrary<PoolSnapshot> =>
  fc
    .record({
      makers: fc.array(nodeArbitrary, { minLength: 1, maxLength: nodesMax, size: "max" }),
      thinFactor: seldom(1, 0.5, 0.3),
    })
    .map(({ makers, thinFactor }) => ({
      nodes: makers.map((make, index) => make(`n${String(index).padStart(2, "0")}`)),
      dataBytes: new Map(versions.map((version) => [version, 500 * MiB])),
      thinFactor,
    }));

const constraints = fc.record({
  antiAffinity: seldom(false, true),
  nodeSelector: seldom<Record<string, string>>({}, { zone: "west" }, { rack: "r1" }),
  maxSkew: fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Record<string, number>>(
        { zone: 1 },
        { zone: 2 },
        { rack: 1 },
        { zone: 1, rack: 1 },
      ),
    },
  ),
  architecture: seldom<"x86_64" | "aarch64" | null>(null, "x86_64", "aarch64"),
});

export const specOf = ({ membersMax }: PoolSize): fc.Arbitrary<ClusterSpec> =>
  fc
    .record({
      members: fc.array(
        fc.record({
          version: fc.constantFrom(...versions),
          vcpus: fc.integer({ min: 1, max: 3 }),
          memoryMiB: fc.integer({ min: 1, max: 3 }).map((count) => count * 512),
          diskBytes: fc.integer({ min: 1, max: 4 }).map((count) => count * MiB),
        }),
        { minLength: 1, maxLength: membersMax, size: "max" },
      ),
      constraints,
    })
    .map(({ members, constraints }) =>
      clusterSpecSchema.parse({
        name: "c",
        members: members.map((member, index) => ({
          ...member,
          name: `m${String(index).padStart(2, "0")}`,
        })),
        constraints,
      }),
    );

/** A pool and a cluster; one in a hundred too large to try every assignment. */
export const sceneArbitrary: fc.Arbitrary<readonly [PoolSnapshot, ClusterSpec]> = fc.oneof(
  { weight: 99, arbitrary: fc.tuple(poolOf(small), specOf(small)) },
  { weight: 1, arbitrary: fc.tuple(poolOf(larger), specOf(larger)) },
);

/** The pool with other nodes under the same names: everything about them may have changed. */
export const driftOf = (size: PoolSize): fc.Arbitrary<(pool: PoolSnapshot) => PoolSnapshot> =>
  poolOf(size).map((other) => (pool) => ({
    ...pool,
    nodes: pool.nodes.map((node, index) => ({ ...(other.nodes[index] ?? node), name: node.name })),
  }));
