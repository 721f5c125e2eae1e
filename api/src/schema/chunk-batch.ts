import { z } from "zod";
import { digestSchema } from "./common";

/** More chunks in one batch are refused. */
export const chunkBatchMax = 4096;
/** A request waits this long at most for one more chunk. */
export const chunkWaitMsMax = 30_000;

/** Asks a peer also for chunks that it is to fetch for all. */
export const chunkWaitSchema = z.object({
  /** The version that the chunks belong to. */
  version: digestSchema,
  /** How urgent they are: a guest waits; will be read soon; to complete a copy. */
  priority: z.enum(["read", "ahead", "background"]),
  /** The answer ends when no more chunk has arrived for so long. */
  waitMs: z.number().int().min(1).max(chunkWaitMsMax),
});

/** Asks an agent for chunks. */
export const chunkBatchRequestSchema = z.object({
  digests: z.array(digestSchema).min(1).max(chunkBatchMax),
  wait: chunkWaitSchema.optional(),
});

/** Tells an agent which of the chunks that it sent are damaged. */
export const chunksDamagedSchema = z.object({ digests: z.array(digestSchema).min(1).max(256) });

export type ChunkWait = z.infer<typeof chunkWaitSchema>;
export type ChunkBatchRequest = z.infer<typeof chunkBatchRequestSchema>;
