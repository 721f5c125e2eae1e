/** Between dvce_cluster's state and the pool's clusters. */
import { seedPath, volumePath, type Cluster, type ClusterSpecInput, type Placement } from "@dvce/api";
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
export type ClusterInput = Pick<ClusterState, "name" | "members" | "anti_affinity" | "node_selector">;

/** Members in order of their names, so that the same cluster always asks in the same words. */
export function toSpec(input: ClusterInput): ClusterSpecInput {
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
    constraints: { antiAffinity: input.anti_affinity ?? false, nodeSelector: { ...input.node_selector } },
  };
}

export const fromPlacement = (placement: Placement): PlacementState => ({
  domain: placement.domain,
  node: placement.node,
  domain_type: placement.domainType,
  missing_bytes: placement.missingBytes,
  estimated_seconds: placement.estimatedSeconds,
  reason: placement.reason,
  volume_path: volumePath(placement.domain),
  seed_path: seedPath(placement.domain),
});

export const fromPlacements = (placements: readonly Placement[]): Placements =>
  Object.fromEntries(placements.map((placement) => [placement.member, fromPlacement(placement)]));

/** The state of a cluster in the pool. `prior` settles what the pool does not tell apart: absent and default. */
export function fromCluster(cluster: Cluster, prior: ClusterState | null): ClusterState {
  const { antiAffinity, nodeSelector } = cluster.spec.constraints;
  const noSelector = Object.keys(nodeSelector).length === 0 && (prior?.node_selector ?? null) === null;
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
    anti_affinity: !antiAffinity && (prior?.anti_affinity ?? null) === null ? null : antiAffinity,
    node_selector: noSelector ? null : nodeSelector,
    id: cluster.name,
    placements: fromPlacements(cluster.placements),
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
};

/** Where a path of the controller's request lies in the configuration; members by name or by place. */
export function translatePath(
  path: readonly (string | number)[],
  members: Readonly<Record<string, unknown>>,
): AttributePath | undefined {
  const [first, second, third] = path[0] === "spec" ? path.slice(1) : path;
  if (first === "name") return [{ attribute: "name" }];
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
