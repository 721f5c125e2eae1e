import { z } from "zod";
import { digestSchema } from "./common";

/** A node asks whether it may drop replicas. It must not count them as its own from the asking on; see below. */
export const evictionRequestSchema = z.object({
  epoch: z.number().int().positive(),
  /**
   * As in the heartbeat, and from the same count: reports that the node made before it asked are refused
   * afterwards, since they still tell of the replicas.
   */
  sequence: z.number().int().positive(),
  version: digestSchema,
  /** Bit i: unique chunk i of the version's index. */
  bitmap: z.base64(),
});

export const evictionReplySchema = z.object({
  /** Those that may be dropped. The controller no longer counts them as this node's, in any version. */
  approved: z.base64(),
});

export type EvictionRequest = z.infer<typeof evictionRequestSchema>;
export type EvictionReply = z.infer<typeof evictionReplySchema>;
