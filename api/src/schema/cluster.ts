import { z } from "zod";
import {
  architectureSchema,
  bytesSchema,
  digestSchema,
  domainTypeSchema,
  labelsSchema,
  nameSchema,
  timestampSchema,
} from "./common";

export const memberSpecSchema = z.object({
  name: nameSchema,
  /** Version digest of the member's image. */
  version: digestSchema,
  vcpus: z.number().int().min(1).max(512),
  memoryMiB: z
    .number()
    .int()
    .min(64)
    .max(16 * 1024 * 1024),
  /** Full size of the member's volume; at least the image's size. */
  diskBytes: bytesSchema.min(1024 * 1024),
});

export const constraintsSchema = z.object({
  /** No two members of this cluster on one node. */
  antiAffinity: z.boolean().default(false),
  /** A node must carry all of these labels. */
  nodeSelector: labelsSchema.default({}),
  /**
   * By label key: members of the cluster on nodes of one value of that label may be at most so many more than on nodes
   * of any other value that eligible nodes carry. A node without the label takes no member.
   */
  maxSkew: z.record(z.string().min(1).max(63), z.number().int().min(1).max(1000)).default({}),
  /** Members go to nodes of this architecture only; null: any. */
  architecture: architectureSchema.nullable().default(null),
});

/**
 * What becomes of a member's disk when the member moves to another node. `recreate`: it gets a new, empty one.
 * `restore`: what the old one holds is copied to the new node. `forbid`: Terraform plans no move.
 */
export const onMoveSchema = z.enum(["recreate", "restore", "forbid"]);

export const clusterSpecSchema = z.object({
  name: nameSchema,
  members: z.array(memberSpecSchema).min(1).max(1000),
  constraints: constraintsSchema.prefault({}),
  /**
   * Free text. When it differs from the committed one, that plan places every member afresh and moves those for whom
   * it pays; otherwise members stay where they are.
   */
  rebalance: z.string().max(253).nullable().default(null),
  /** The cluster cannot be deleted, until this is committed as false. */
  deletionProtection: z.boolean().default(false),
  onMove: onMoveSchema.default("recreate"),
});

export const placementSchema = z.object({
  member: nameSchema,
  /** Name of the member's domain and volume: `<cluster>-<member>`. Unique in the pool. */
  domain: z.string(),
  node: nameSchema,
  domainType: domainTypeSchema,
  /** Image bytes that the node must still fetch to hold the whole version, when planned. */
  missingBytes: bytesSchema,
  /** missingBytes at the node's link rate; null when the rate is unknown. */
  estimatedSeconds: z.number().nonnegative().nullable(),
  /** Why this node, in words. */
  reason: z.string(),
  /** In a plan: the node that the member would leave for this one; null when it is new or stays. */
  moved: nameSchema.nullable().default(null),
  /**
   * What to know of a member that stays where it is although a new one would not go there, e.g. that its node is
   * unreachable; as of this answer, and never part of what is committed.
   */
  warning: z.string().nullable().default(null),
});

const candidateSchema = placementSchema.pick({
  node: true,
  missingBytes: true,
  estimatedSeconds: true,
  reason: true,
});

/** Most rejected nodes that an explanation names. */
export const rejectedNodesMax = 5;

/** Why a member goes where it goes, beside the nodes that it does not go to. */
export const memberExplanationSchema = z.object({
  member: nameSchema,
  chosen: candidateSchema,
  /** The best of the other nodes, best first. */
  rejected: z
    .array(
      candidateSchema.extend({
        /** Which filter refuses the member there; null when it would fit, and the chosen node is better. */
        filter: z.string().nullable(),
      }),
    )
    .max(rejectedNodesMax),
  /** Other nodes that are not named in `rejected`. */
  furtherNodes: z.number().int().nonnegative(),
});

export const clusterPlanSchema = z.object({
  cluster: nameSchema,
  /** Names the plan record; the same specification against the same committed state gives the same plan. */
  planId: digestSchema,
  expiresAt: timestampSchema,
  placements: z.array(placementSchema),
  /** One a member, when they were asked for. */
  explanations: z.array(memberExplanationSchema).optional(),
});

export const commitClusterSchema = z.object({
  spec: clusterSpecSchema,
  /** The placements that the plan showed. Commit places exactly so, or refuses. */
  placements: z.array(placementSchema.pick({ member: true, node: true })),
});

export const clusterSchema = z.object({
  name: nameSchema,
  spec: clusterSpecSchema,
  placements: z.array(placementSchema),
  updatedAt: timestampSchema,
});

export const clusterListSchema = z.object({ clusters: z.array(clusterSchema) });

export type MemberSpec = z.infer<typeof memberSpecSchema>;
export type Constraints = z.infer<typeof constraintsSchema>;
export type OnMove = z.infer<typeof onMoveSchema>;
export type ClusterSpec = z.infer<typeof clusterSpecSchema>;
/** As it is sent; what has a default may be left out. */
export type ClusterSpecInput = z.input<typeof clusterSpecSchema>;
export type Placement = z.infer<typeof placementSchema>;
export type ClusterPlan = z.infer<typeof clusterPlanSchema>;
export type MemberExplanation = z.infer<typeof memberExplanationSchema>;
export type CommitCluster = z.infer<typeof commitClusterSchema>;
/** As it is sent; what has a default may be left out. */
export type CommitClusterInput = z.input<typeof commitClusterSchema>;
export type Cluster = z.infer<typeof clusterSchema>;
