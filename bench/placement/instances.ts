/** What placement is measured on: pools and clusters by size and by how many nodes hold an image. */
import type { ClusterSpec } from "@dvce/api";
import { makeCluster, makeScene, type Scene } from "./scene";

export interface Instance {
  readonly scene: Scene;
  readonly spec: ClusterSpec;
  readonly memberCount: number;
  /** Share of the nodes that hold each version whole. */
  readonly replicaShare: number;
}

/** p50, p90, p99 and p99.9 of how many virtual machines are asked for at once in the public Azure trace. */
export const memberCounts: readonly number[] = [1, 7, 46, 259];
/** The size whose time counts. */
export const memberCountMax = 259;
export const replicaShares: readonly number[] = [0.001, 0.01, 0.05, 0.1, 0.5];

/** Different versions among the members, in turn. */
const versionCounts: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  7: [1, 2],
  46: [1, 3, 10],
  259: [1, 5, 20, 100],
};

const large = { nodeCount: 1000, versionCount: 100 };
/** Of these the exact least is known within a second. */
const small = { nodeCount: 12, versionCount: 10 };
const smallShares: readonly number[] = [0.1, 0.3];
const smallMemberCounts: readonly number[] = [1, 3, 7, 12];

/** The pool of a share of replicas, with as many clusters of each size as asked for. */
export function largeInstances(seed: number, clustersOf: (memberCount: number) => number): Instance[] {
  return replicaShares.flatMap((replicaShare, position) => {
    const scene = makeScene(seed + position, { ...large, replicaShare });
    return memberCounts.flatMap((memberCount) =>
      Array.from({ length: clustersOf(memberCount) }, (_, index): Instance => {
        const versions = versionCounts[memberCount] ?? [1];
        const spec = makeCluster(seed + index, scene, memberCount, versions[index % versions.length] ?? 1);
        return { scene, spec, memberCount, replicaShare };
      }),
    );
  });
}

export function smallInstances(seed: number, poolCount: number): Instance[] {
  return Array.from({ length: poolCount }, (_, index) => seed + index).flatMap((poolSeed) =>
    smallShares.flatMap((replicaShare) => {
      const scene = makeScene(poolSeed, { ...small, replicaShare });
      return smallMemberCounts.map((memberCount): Instance => ({
        scene,
        spec: makeCluster(poolSeed, scene, memberCount, Math.ceil(memberCount / 4)),
        memberCount,
        replicaShare,
      }));
    }),
  );
}
