/** How a node's chunks and its disk are; carried by heartbeats and shown with the node. */
import { z } from "zod";
import { bytesSchema, digestSchema, timestampSchema } from "./common";

const countSchema = z.number().int().nonnegative();

/** A node names at most this many lost chunks, and a version as many of its own. */
export const lostChunksMax = 1_000;

/** The background re-read of stored chunks. */
export const scrubHealthSchema = z.object({
  running: z.boolean(),
  /** End of the last pass over the whole store. */
  lastFinishedAt: timestampSchema.nullable(),
  /** Bytes read since the agent started. */
  checkedBytes: bytesSchema,
  /** Damaged chunks found, and those of them that were healed from a peer, since the agent started. */
  foundChunks: countSchema,
  healedChunks: countSchema,
});

/** What a node keeps of images beside its volumes, against its limits. */
export const cacheHealthSchema = z.object({
  /** Most that packs and base files may take; null when only the floor of free space bounds them. */
  bytesMax: bytesSchema.nullable(),
  /** Free space of the disk that is never used for them. */
  diskFreeBytesMin: bytesSchema,
  /** Bytes too many, and nothing may be dropped: volumes use it, or the pool needs this node's replicas. */
  overQuotaBytes: bytesSchema,
});

export const nodeHealthSchema = z.object({
  /** Null when scrubbing is switched off. */
  scrub: scrubHealthSchema.nullable(),
  /** Chunks set aside because their bytes were damaged, and not yet healed. */
  quarantinedChunks: countSchema,
  /** Those of them that no peer had a good copy of when it was last asked. */
  lostChunks: z.array(digestSchema).max(lostChunksMax),
  cache: cacheHealthSchema,
  /** The controller's database lacks changes that this node has seen, so the node drops nothing. */
  dropsHeld: z.boolean().default(false),
  /** Why the node's store takes no more chunks until the agent starts again; null while it does. */
  storeStopped: z.string().max(1_000).nullable().default(null),
});

/** Something that a node did or found, for the pool's history. Sent again until a heartbeat with it is answered. */
export const nodeEventSchema = z.object({
  /** Counts up in each run of an agent, so that what is sent twice is told once. */
  number: z.number().int().positive(),
  /**
   * `collected`: dropped chunks that nothing refers to. `scrub-found`: chunks set aside. `repaired`: healed from a
   * peer. `lost`: no peer has a good copy.
   */
  kind: z.enum(["collected", "scrub-found", "repaired", "lost"]),
  chunks: countSchema,
  /** Stored bytes that came free; 0 for what frees none. */
  bytes: bytesSchema,
  /** Some of the chunks. */
  digests: z.array(digestSchema).max(100),
});

export type ScrubHealth = z.infer<typeof scrubHealthSchema>;
export type CacheHealth = z.infer<typeof cacheHealthSchema>;
export type NodeHealth = z.infer<typeof nodeHealthSchema>;
export type NodeEvent = z.infer<typeof nodeEventSchema>;

/** What an operator should look at, in words; nothing when the node is well. */
export function healthProblems(health: NodeHealth): string[] {
  const problems: string[] = [];
  if (health.storeStopped !== null)
    problems.push(`the store takes no more chunks until the agent starts again: ${health.storeStopped}`);
  if (health.dropsHeld)
    problems.push(
      "the controller's database is older than what this node has seen of it: nothing is dropped",
    );
  const lost = health.lostChunks.length;
  if (lost > 0) problems.push(`lost chunks: ${lost}${lost === lostChunksMax ? " or more" : ""}`);
  const healing = health.quarantinedChunks - lost;
  if (healing > 0) problems.push(`chunks being healed: ${healing}`);
  const { overQuotaBytes } = health.cache;
  if (overQuotaBytes > 0) problems.push(`over quota by ${overQuotaBytes} bytes: nothing may be dropped`);
  return problems;
}
