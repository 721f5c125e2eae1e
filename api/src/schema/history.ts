/** What happened to an image, from the pool's history. */
import { z } from "zod";
import { nameSchema, timestampSchema } from "./common";

/** Most events in one answer. */
export const historyEventsMax = 10_000;

export const historyEventSchema = z.object({
  /** Grows from event to event. */
  number: z.number().int().positive(),
  at: timestampSchema,
  /** "imported", "placed", "booted", "evicted" and others; new ones come with new versions of DVCE. */
  kind: z.string(),
  node: z.string().nullable(),
  image: z.string().nullable(),
  version: z.string().nullable(),
  cluster: z.string().nullable(),
  domain: z.string().nullable(),
  /** Further facts of that kind of event. */
  detail: z.record(z.string(), z.unknown()),
});

export const imageHistorySchema = z.object({
  image: nameSchema,
  /** Newest first. */
  events: z.array(historyEventSchema).max(historyEventsMax),
  /** Events of the time asked for that the limit left out; all of them are older. */
  olderEvents: z.number().int().nonnegative(),
});

export const historyQuerySchema = z.object({
  /** Events at or after this. */
  since: timestampSchema.optional(),
  /** Events before this. */
  until: timestampSchema.optional(),
  /** The newest so many. */
  limit: z.coerce.number().int().min(1).max(historyEventsMax).default(1_000),
});

export type HistoryEvent = z.infer<typeof historyEventSchema>;
export type ImageHistory = z.infer<typeof imageHistorySchema>;
export type HistoryQuery = z.infer<typeof historyQuerySchema>;
