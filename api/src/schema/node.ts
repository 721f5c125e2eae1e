import { z } from "zod";
import {
  architectureSchema,
  bytesSchema,
  digestSchema,
  domainTypeSchema,
  labelsSchema,
  nameSchema,
  poolIdSchema,
  timestampSchema,
} from "./common";
import { nodeEventSchema, nodeHealthSchema } from "./health";

export const nodeStateSchema = z.enum(["joining", "ready", "cordoned", "draining", "unreachable", "fenced"]);

/** What an operator may decide about a node. */
export const nodeActionSchema = z.enum(["cordon", "uncordon", "drain", "undrain", "fence", "unfence"]);

export const resourcesSchema = z.object({
  vcpus: z.number().nonnegative(),
  memoryMiB: z.number().int().nonnegative(),
  diskBytes: bytesSchema,
});

/** What an agent says of its host when it joins. */
export const nodeRegistrationSchema = z.object({
  agentUrl: z.url(),
  architecture: architectureSchema,
  domainType: domainTypeSchema,
  labels: labelsSchema.default({}),
  capacity: resourcesSchema,
  /** Speed of the link that image bytes arrive over; null when unknown. */
  linkBytesPerSecond: z.number().positive().nullable().default(null),
});

/** A registration as it is sent. */
export const nodeJoinSchema = nodeRegistrationSchema.extend({
  /** The pool that the node belongs to; the controller of another one refuses it. Null before it joined any. */
  pool: poolIdSchema.nullable().default(null),
});

export const nodeRegisteredSchema = z.object({
  pool: poolIdSchema,
  /** Grows with each registration; every later report carries it. A report with an older one is refused. */
  epoch: z.number().int().positive(),
  heartbeatIntervalMs: z.number().int().positive(),
});

/** Which chunks of a version a node has: bit i (LSB first in each byte) is unique chunk i of the index. */
export const versionInventorySchema = z.object({
  version: digestSchema,
  bitmap: z.base64(),
});

export const heartbeatSchema = z.object({
  epoch: z.number().int().positive(),
  /** Grows with each report and each request for evictions of one epoch. One that was overtaken is refused. */
  sequence: z.number().int().positive(),
  /** Mark of the last change of the pool's versions that the node has acted on; null before the first. */
  catalogue: poolIdSchema.nullable().default(null),
  /** Bytes that packs take on the node's disk. */
  storeBytes: bytesSchema,
  /** Bytes that base files take on the node's disk: allocated blocks, not their size. */
  baseBytes: bytesSchema,
  diskFreeBytes: bytesSchema,
  /** Only the versions whose bitmap changed since the last acknowledged report, or all after `sendAll`. */
  inventory: z.array(versionInventorySchema).max(10_000),
  /** Left out while it is not known, as just after a start. */
  health: nodeHealthSchema.optional(),
  /** What happened since the last report that was answered. */
  events: z.array(nodeEventSchema).max(1_000).default([]),
});

export const heartbeatReplySchema = z.object({
  /** Mark of the last change of `versions`. */
  catalogue: poolIdSchema,
  /** False when the pool's database lacks the change that the heartbeat named: then `versions` is to drop nothing by. */
  catalogueFollows: z.boolean(),
  /** The controller has no inventory of this node (it restarted): the next report must carry every version. */
  sendAll: z.boolean(),
  /** Every version that the pool knows. The agent fetches indexes it lacks and forgets those not listed. */
  versions: z.array(digestSchema),
});

export const nodeSchema = nodeRegistrationSchema.extend({
  name: nameSchema,
  state: nodeStateSchema,
  /** Sum of the committed placements, volumes at their full size. */
  allocated: resourcesSchema,
  /** Bytes that packs and base files take on the node's disk. */
  storeBytes: bytesSchema,
  baseBytes: bytesSchema,
  diskFreeBytes: bytesSchema,
  /** As it last said; null while it has not. */
  health: nodeHealthSchema.nullable(),
  lastSeenAt: timestampSchema.nullable(),
});

export const nodeListSchema = z.object({ nodes: z.array(nodeSchema) });

export type NodeState = z.infer<typeof nodeStateSchema>;
export type NodeAction = z.infer<typeof nodeActionSchema>;
export type Resources = z.infer<typeof resourcesSchema>;
export type NodeRegistration = z.infer<typeof nodeRegistrationSchema>;
export type NodeJoin = z.input<typeof nodeJoinSchema>;
export type NodeRegistered = z.infer<typeof nodeRegisteredSchema>;
export type VersionInventory = z.infer<typeof versionInventorySchema>;
/** As it is sent; what has a default may be left out. */
export type Heartbeat = z.input<typeof heartbeatSchema>;
export type HeartbeatReply = z.infer<typeof heartbeatReplySchema>;
export type Node = z.infer<typeof nodeSchema>;
