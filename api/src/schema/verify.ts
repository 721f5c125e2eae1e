import { z } from "zod";
import { bytesSchema, digestSchema, nameSchema } from "./common";

/** Chunks checked by one request; they take about a second. */
export const verifyChunksMax = 4096;

/** A run of a version's chunks, which one request has a node re-read. */
export const chunkRunSchema = z.object({
  firstChunk: z.number().int().nonnegative(),
  chunks: z.number().int().min(1).max(verifyChunksMax),
});

export const verifyRequestSchema = chunkRunSchema.extend({ node: nameSchema });

/** What a node found when it re-read them. */
export const verifiedSchema = z.object({
  /** Chunks that are there and right. */
  goodChunks: z.number().int().nonnegative(),
  goodBytes: bytesSchema,
  /** Chunks that the node does not have. */
  absentChunks: z.number().int().nonnegative(),
  /** Chunks whose bytes are wrong; the node does not serve them any more. */
  bad: z.array(digestSchema).max(verifyChunksMax),
});

/** Chunks of a version, by their numbers in its index, to be sent as a batch. */
export const readChunksSchema = z.object({
  chunks: z.array(z.number().int().nonnegative()).min(1).max(verifyChunksMax),
  /** Counts how often these were asked for before, so that another node is asked. */
  attempt: z.number().int().min(0).max(1000).default(0),
});

export type ChunkRun = z.infer<typeof chunkRunSchema>;
export type VerifyRequest = z.infer<typeof verifyRequestSchema>;
export type Verified = z.infer<typeof verifiedSchema>;
export type ReadChunks = z.input<typeof readChunksSchema>;
