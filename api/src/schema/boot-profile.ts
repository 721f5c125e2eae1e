/**
 * Boot profile: which chunks of a version a boot reads first, in order. Kept with the version, so that the next node
 * fetches them ahead of its guest.
 */
import { z } from "zod";
import { bytesSchema, digestSchema, nameSchema, timestampSchema } from "./common";

/** Chunks of a profile at most: 4 GiB at the usual average. A boot reads some hundreds to some thousands. */
export const bootProfileChunkCountMax = 65_536;
/** Longest text of that many chunk numbers: 5 bytes each (see chunk-list.ts), 4 characters for 3 bytes. */
const chunksLengthMax = Math.ceil((bootProfileChunkCountMax * 5) / 3) * 4;

/** Numbers of the version's unique chunks in the order of their first read; `encodeChunkList` makes the text. */
const chunkListTextSchema = z.base64().max(chunksLengthMax);

/** What a node says of the first boot of a version on it. */
export const bootRecordingSchema = z.object({
  node: nameSchema,
  /** When the first read came. */
  recordedAt: timestampSchema,
  /** From the first read to the last that brought a new chunk. */
  seconds: z.number().nonnegative().finite(),
  chunks: chunkListTextSchema,
});

export const bootProfileSchema = bootRecordingSchema.extend({
  version: digestSchema,
  chunkCount: z.number().int().positive(),
  /** Image bytes of those chunks, before compression. */
  imageBytes: bytesSchema,
});

export const bootRecordedSchema = z.object({
  /** Whether it is the version's profile now. False when the version has one already. */
  kept: z.boolean(),
});

export type BootRecording = z.infer<typeof bootRecordingSchema>;
export type BootProfile = z.infer<typeof bootProfileSchema>;
export type BootRecorded = z.infer<typeof bootRecordedSchema>;
