/** Between dvce_cluster's state and the pool's clusters. */
import {
  architectureSchema,
  onMoveSchema,
  seedPath,
  volumePath,
  type Cluster,
  type ClusterPlan as PoolPlan,
  type ClusterSpec,
  type MemberExplanation,
  type Placement,
} from "@dvce/api";
import { unknown } from "../../codec/unknown";
import type { AttributePath, PathStep } from "../../diagnostics/diagnostic";
import { gibibyteBytes } from "../shared/units";
import type { Partly, State } from "../../schema/infer";
import type { clusterAttributes, memberAttributes, placementAttributes } from "./schema";

export type ClusterState = State<typeof clusterAttributes>;
export type ClusterPlan = Partly<typeof clusterAttributes>;
export type MemberState = State<typeof memberAttributes>;
export type PlacementState = State<typeof placementAttributes>;
export type Placements = Readonly<Record<string, PlacementState>>;
/** The part of a state that the user writes. */
export type ClusterInput = Pick<
  ClusterState,
  | "name"
  | "members"
  | "anti_affinity"
  | "node_selector"
  | "max_skew"
  | "architecture"
  | "rebalance"
  | "on_move"
  | "deletion_protection"
>;

/** The part of a configuration or plan that the user writes and the pool is told. */
export const inputPart = (value: ClusterPlan): Pick<ClusterPlan, keyof ClusterInput> => ({
  name: value.name,
  members: value.members,
  anti_affinity: value.anti_affinity,
  node_selector: value.node_selector,
  max_skew: value.max_skew,
  architecture: value.architecture,
  rebalance: value.rebalance,
  on_move: value.on_move,
  deletion_protection: value.deletion_protection,
});

/** Members in order of their names, so that the same cluster always asks in the same words. */
export function toSpec(input: ClusterInput): ClusterSpec {
  return {
    name: input.name,
    members: Object.entries(input.members)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, member]) => ({
        name,
        version: member.version,
        vcpus: member.vcpus,
        memoryMiB: member.memory_mib,
        diskBytes: member.disk_gib * gibibyteBytes,
      })),
    constraints: {
      antiAffinity: input.anti_affinity ?? false,
      nodeSelector: { ...input.node_selector },
      maxSkew: { ...input.max_skew },
      architecture: input.architecture === null ? null : architectureSchema.parse(input.architecture),
    },
    rebalance: input.rebalance,
    onMove: onMoveSchema.parse(input.on_move ?? "recreate"),
    deletionProtection: input.deletion_protection ?? false,
  };
}

/** Terraform writes its whole state after each resource that it applies, so what every member says must stay short. */
const largeClusterMembers = 50;

/** What the pool says of a plan's other nodes, one line each; of a large cluster's, only the best. */
function describeAlternatives(
  { rejected, furtherNodes }: MemberExplanation,
  members: number,
): readonly string[] {
  const shown = rejected.slice(0, members > largeClusterMembers ? 1 : undefined);
  const others = furtherNodes + rejected.length - shown.length;
  return [
    ...shown.map(({ node, reason }) => `${node}: ${reason}`),
    ...(others === 0 ? [] : [`and ${others} more ${others === 1 ? "node" : "nodes"}`]),
  ];
}

const fromPlacement = (
  placement: Placement,
  explanation: MemberExplanation | undefined,
  members: number,
): PlacementState => ({
  domain: placement.domain,
  node: placement.node,
  domain_type: placement.domainType,
  missing_bytes: placement.missingBytes,
  estimated_seconds: placement.estimatedSeconds,
  reason: placement.reason,
  alternatives: explanation === undefined ? null : describeAlternatives(explanation, members),
  volume_path: volumePath(placement.domain),
  seed_path: seedPath(placement.domain),
});

export function fromPlacements({
  placements,
  explanations = [],
}: Pick<PoolPlan, "placements" | "explanations">): Placements {
  const explained = new Map(explanations.map((explanation) => [explanation.member, explanation]));
  return Object.fromEntries(
    placements.map((placement) => [
      placement.member,
      fromPlacement(placement, explained.get(placement.member), placements.length),
    ]),
  );
}

/** What is known of members' places before the pool can be asked: what follows from their names. */
export const placesToBeFound = (
  cluster: string,
  members: readonly string[],
): Readonly<Record<string, Partly<typeof placementAttributes>>> =>
  Object.fromEntries(
    members.map((member) => {
      const domain = `${cluster}-${member}`;
      const place: Partly<typeof placementAttributes> = {
        domain,
        node: unknown,
        domain_type: unknown,
        missing_bytes: unknown,
        estimated_seconds: unknown,
        reason: unknown,
        alternatives: unknown,
        volume_path: volumePath(domain),
        seed_path: seedPath(domain),
      };
      return [member, place];
    }),
  );

/** The state of a cluster in the pool. `prior` settles what the pool does not tell apart: absent and default. */
export function fromCluster(cluster: Cluster, prior: ClusterState | null): ClusterState {
  const { rebalance, onMove, deletionProtection } = cluster.spec;
  const { antiAffinity, nodeSelector, maxSkew, architecture } = cluster.spec.constraints;
  /** Null where that is what the user said, or would say, of a value that the pool has by default. */
  const unlessDefault = <T>(value: T, isDefault: boolean, before: T | null | undefined): T | null =>
    isDefault && (before ?? null) === null ? null : value;
  const isEmpty = (values: object): boolean => Object.keys(values).length === 0;
  return {
    name: cluster.name,
    members: Object.fromEntries(
      cluster.spec.members.map((member) => [
        member.name,
        {
          version: member.version,
          vcpus: member.vcpus,
          memory_mib: member.memoryMiB,
          disk_gib: member.diskBytes / gibibyteBytes,
        },
      ]),
    ),
    anti_affinity: unlessDefault(antiAffinity, !antiAffinity, prior?.anti_affinity),
    node_selector: unlessDefault(nodeSelector, isEmpty(nodeSelector), prior?.node_selector),
    max_skew: unlessDefault(maxSkew, isEmpty(maxSkew), prior?.max_skew),
    architecture,
    rebalance,
    on_move: unlessDefault<string>(onMove, onMove === "recreate", prior?.on_move),
    deletion_protection: unlessDefault(deletionProtection, !deletionProtection, prior?.deletion_protection),
    timeouts: prior?.timeouts ?? null,
    id: cluster.name,
    placements: fromPlacements(cluster),
  };
}

/** Takes the prior placement of each member that stays where it was, so that its figures do not change. */
export function keepUnmoved(placements: Placements, prior: Placements | null): Placements {
  return Object.fromEntries(
    Object.entries(placements).map(([member, placement]) => {
      const before = prior?.[member];
      const unmoved = before?.node === placement.node && before.domain_type === placement.domain_type;
      return [member, unmoved ? before : placement];
    }),
  );
}

const memberFields: Readonly<Record<string, string>> = {
  version: "version",
  image: "version",
  vcpus: "vcpus",
  memoryMiB: "memory_mib",
  diskBytes: "disk_gib",
};
const constraintFields: Readonly<Record<string, string>> = {
  antiAffinity: "anti_affinity",
  nodeSelector: "node_selector",
  maxSkew: "max_skew",
  architecture: "architecture",
};
const specFields: Readonly<Record<string, string>> = {
  name: "name",
  rebalance: "rebalance",
  onMove: "on_move",
  deletionProtection: "deletion_protection",
};

/** Where a path of the controller's request lies in the configuration; members by name or by place. */
export function translatePath(
  path: readonly (string | number)[],
  members: Readonly<Record<string, unknown>>,
): AttributePath | undefined {
  const [first, second, third] = path[0] === "spec" ? path.slice(1) : path;
  const own = specFields[String(first)];
  if (own !== undefined) return [{ attribute: own }];
  if (first === "constraints") {
    const attribute = constraintFields[String(second)];
    return attribute === undefined ? undefined : [{ attribute }];
  }
  if (first !== "members" && first !== "placements") return undefined;
  const names = Object.keys(members).sort();
  const key = typeof second === "number" ? names[second] : second;
  if (key === undefined || !Object.hasOwn(members, key)) return [{ attribute: "members" }];
  const field = first === "members" ? memberFields[String(third)] : undefined;
  const step: PathStep[] = field === undefined ? [] : [{ attribute: field }];
  return [{ attribute: "members" }, { key }, ...step];
}
