/** Pools and clusters that placement is measured on. A seed determines them. */
import { clusterSpecSchema, type ClusterSpec } from "@dvce/api";
import type { NodeSnapshot, PoolSnapshot } from "../../service/src/placement/snapshot";
import { makeLineage, segmentBytes, SegmentSet, type LineageVersion } from "./lineage";
import { Random } from "../../test/support/random";

const GiB = 1024 ** 3;

export interface PoolShape {
  readonly nodeCount: number;
  readonly versionCount: number;
  /** Share of the nodes that hold each version whole, 0 to 1; at least one node does. */
  readonly replicaShare: number;
}

export interface Scene {
  readonly pool: PoolSnapshot;
  readonly versions: readonly LineageVersion[];
  /** Names of the nodes that hold each version whole, by digest. */
  readonly holders: ReadonlyMap<string, ReadonlySet<string>>;
}

type Shape = readonly [number, number, number];

/** Hosts as a data centre has them: threads, memory in GiB, disk in GiB. */
const hosts: readonly [Shape, ...Shape[]] = [
  [32, 128, 1800],
  [64, 256, 3600],
  [96, 512, 3600],
  [128, 1024, 7200],
];

/** Virtual machines: vCPU, memory in GiB, disk in GiB. */
const flavours: readonly [Shape, ...Shape[]] = [
  [1, 2, 10],
  [2, 4, 20],
  [2, 8, 40],
  [4, 16, 40],
  [8, 32, 80],
];

const zoneCount = 4;
const rackCount = 40;

export function makeScene(seed: number, shape: PoolShape): Scene {
  const random = new Random(seed);
  const { versions, universe } = makeLineage(random, shape.versionCount);
  const names = Array.from(
    { length: shape.nodeCount },
    (_, index) => `node-${String(index).padStart(4, "0")}`,
  );
  const replicas = Math.max(1, Math.round(shape.replicaShare * shape.nodeCount));
  const holders = new Map(versions.map(({ digest }) => [digest, new Set(random.sample(names, replicas))]));
  const nodes = names.map((name, index): NodeSnapshot => {
    const held = versions.filter(({ digest }) => holders.get(digest)?.has(name));
    const local = SegmentSet.union(
      held.map(({ segments }) => segments),
      universe,
    );
    const [threads, memoryGiB, diskGiB] = random.pick(hosts);
    const capacity = { vcpus: threads * 2, memoryMiB: memoryGiB * 1024, diskBytes: diskGiB * GiB };
    const used = random.between(0.6, 0.95);
    const part = (amount: number): number => Math.floor(amount * used * random.between(0.8, 1));
    return {
      name,
      state: "ready",
      architecture: "x86_64",
      domainType: "kvm",
      labels: {
        zone: `zone-${Math.floor((index * zoneCount) / shape.nodeCount)}`,
        rack: `rack-${Math.floor((index * rackCount) / shape.nodeCount)}`,
      },
      capacity,
      allocated: {
        vcpus: part(capacity.vcpus),
        memoryMiB: part(capacity.memoryMiB),
        diskBytes: part(capacity.diskBytes),
      },
      linkBytesPerSecond: 125e6,
      missingBytes: new Map(
        versions.map(({ digest, segments }) => [digest, segments.missingFrom(local) * segmentBytes]),
      ),
    };
  });
  return {
    pool: { nodes, dataBytes: new Map(versions.map(({ digest, sizeBytes }) => [digest, sizeBytes])) },
    versions,
    holders,
  };
}

/** @param versionsMax different versions that the cluster's members use */
export function makeCluster(
  seed: number,
  scene: Scene,
  memberCount: number,
  versionsMax: number,
): ClusterSpec {
  const random = new Random(seed);
  // A role is a version and a size; several members play each.
  const versions = random.sample(scene.versions, Math.min(versionsMax, memberCount));
  const roles = versions.map(({ digest }) => ({ digest, flavour: random.pick(flavours) }));
  return clusterSpecSchema.parse({
    name: "cluster",
    members: Array.from({ length: memberCount }, (_, index) => {
      const role = roles[index < roles.length ? index : random.below(roles.length)] ?? fail();
      const [vcpus, memoryGiB, diskGiB] = role.flavour;
      return {
        name: `m${String(index).padStart(3, "0")}`,
        version: role.digest,
        vcpus,
        memoryMiB: memoryGiB * 1024,
        diskBytes: diskGiB * GiB,
      };
    }),
  });
}

function fail(): never {
  throw new Error("a cluster needs versions");
}
