import { z } from "zod";
import {
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
});

export const clusterSpecSchema = z.object({
  name: nameSchema,
  members: z.array(memberSpecSchema).min(1).max(1000),
  constraints: constraintsSchema.default({ antiAffinity: false, nodeSelector: {} }),
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
});

export const clusterPlanSchema = z.object({
  cluster: nameSchema,
  /** Names the plan record; the same specification against the same committed state gives the same plan. */
  planId: digestSchema,
  expiresAt: timestampSchema,
  placements: z.array(placementSchema),
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
export type ClusterSpec = z.infer<typeof clusterSpecSchema>;
export type Placement = z.infer<typeof placementSchema>;
export type ClusterPlan = z.infer<typeof clusterPlanSchema>;
export type CommitCluster = z.infer<typeof commitClusterSchema>;
export type Cluster = z.infer<typeof clusterSchema>;
