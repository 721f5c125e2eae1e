import { z } from "zod";
import { bytesSchema, digestSchema, nameSchema, timestampSchema } from "./common";

/** SHA-256 of a file as it lies at its address, not of the disk inside. */
export const checksumSchema = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, "must be 'sha256:' and 64 lower-case hex digits");

export const imageUrlSchema = z
  .url({ protocol: /^https?$/, error: "must start with http:// or https://" })
  .max(4096);

/** What a node is to fetch by itself: an image of the web. The same request again continues, or joins in. */
export const pullRequestSchema = z.object({
  image: nameSchema,
  url: imageUrlSchema,
  checksum: checksumSchema,
});

/** Half of the SHA-256 of what was asked for, so that the same request has the same name. */
export const pullIdSchema = z
  .string()
  .regex(/^[0-9a-f]{32}$/, "must be a pull's id: 32 lower-case hex digits");

/**
 * In this order: a node downloads the file; it cuts and stores it; other nodes fetch their replicas from it; done. A pull
 * that failed says why, and goes on where it stopped when it is asked for again.
 */
export const pullPhaseSchema = z.enum(["download", "ingest", "replicate", "done", "failed"]);

const pullErrorSchema = z.object({ code: z.string(), message: z.string() });

export const pullSchema = pullRequestSchema.extend({
  id: pullIdSchema,
  phase: pullPhaseSchema,
  /** The node that downloads; null while none was found. */
  node: nameSchema.nullable(),
  /** Bytes of this phase: of the file, of the image, of the replicas. */
  doneBytes: bytesSchema,
  /** Null while it is not known. */
  totalBytes: bytesSchema.nullable(),
  /** Known once the image was ingested. */
  version: digestSchema.nullable(),
  /** Why it failed; or, of a pull under way, what it waits for. */
  error: pullErrorSchema.nullable(),
  startedAt: timestampSchema,
});

export const pullListSchema = z.object({ pulls: z.array(pullSchema) });

/** What a node is told of a pull, under the same id. */
export const agentPullRequestSchema = pullRequestSchema.omit({ image: true });

/** How far a node is with its part. */
export const agentPullSchema = z.object({
  phase: z.enum(["download", "ingest", "done", "failed"]),
  doneBytes: bytesSchema,
  totalBytes: bytesSchema.nullable(),
  version: digestSchema.nullable(),
  error: pullErrorSchema.nullable(),
});

export type PullRequest = z.infer<typeof pullRequestSchema>;
export type PullPhase = z.infer<typeof pullPhaseSchema>;
export type Pull = z.infer<typeof pullSchema>;
export type AgentPullRequest = z.infer<typeof agentPullRequestSchema>;
export type AgentPull = z.infer<typeof agentPullSchema>;
