/**
 * What placement decides on: a snapshot of the pool and one cluster. Plain data, so that placement is a pure
 * function of it: same snapshot and cluster, same answer.
 */
import type {
  Architecture,
  ClusterSpec,
  DomainType,
  MemberExplanation,
  NodeState,
  Placement,
  Resources,
} from "@dvce/api";

/** What a node has done to members lately. */
export interface NodeHistory {
  /** Boots of members that were seen to fail; left out where nobody watches boots to their end. */
  readonly bootFailures?: number;
  /** Times that its heartbeats stopped. */
  readonly flaps: number;
}

export interface NodeSnapshot {
  readonly name: string;
  readonly state: NodeState;
  readonly architecture: Architecture;
  readonly domainType: DomainType;
  readonly labels: Readonly<Record<string, string>>;
  readonly capacity: Resources;
  /** Taken by everything except the cluster that is being placed; volumes at their full size. */
  readonly allocated: Resources;
  /** Disk that packs and base files take, beside the volumes in `allocated`. */
  readonly cacheBytes?: number;
  /** Null when unknown. */
  readonly linkBytesPerSecond: number | null;
  /** Image bytes that the node lacks, by version. A version not named here is lacked whole. */
  readonly missingBytes: ReadonlyMap<string, number>;
  /** Announced versions that are pushed here before any member starts; counted above as held whole. */
  readonly arriving?: ReadonlySet<string>;
  /** Nothing against the node when left out. */
  readonly history?: NodeHistory;
}

export interface PoolSnapshot {
  readonly nodes: readonly NodeSnapshot[];
  /** Image bytes of each version that the cluster names. */
  readonly dataBytes: ReadonlyMap<string, number>;
  /** Share of a volume's full size that counts as taken, since volumes are thin; default 1. */
  readonly thinFactor?: number;
}

/** What is committed of the cluster now. */
export interface CommittedCluster {
  readonly spec: ClusterSpec;
  readonly placements: readonly Placement[];
}

/** Where a cluster's members go, and why. Both by member name. */
export interface PlacementDecision {
  /** One a member. A member that is committed and does not change has its committed one, to the letter. */
  readonly placements: readonly Placement[];
  /** One a member: its node beside the best of the others. */
  readonly explanations: readonly MemberExplanation[];
}

/** Image bytes of `version` that `node` lacks. */
export function missingBytesOf(pool: PoolSnapshot, node: NodeSnapshot, version: string): number {
  return node.missingBytes.get(version) ?? pool.dataBytes.get(version) ?? 0;
}

/** Name of a member's domain and volume. */
export const domainNameOf = (cluster: string, member: string): string => `${cluster}-${member}`;

/** Orders names by code units, the same on every machine whatever its locale. */
export const compareNames = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
