/**
 * Time limits of a resource's operations, and the attribute by which users change them:
 * `timeouts = { create = "30m" }`. The protocol layer enforces them; a resource only heeds its context's signal.
 */
import { z } from "zod";
import { isUnknown } from "../codec/unknown";
import { nestedOne, string } from "./attribute";

export type TimedOperation = "create" | "read" | "update" | "delete";

/** A duration for each operation, such as `10m`. */
export type TimeLimits = Readonly<Record<TimedOperation, string>>;

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const part = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
/** Node's timers hold no more. */
const longestMs = 2 ** 31 - 1;

/** Milliseconds of a duration as Go writes them (`90s`, `1h30m`); undefined for anything else, zero included. */
export function parseDuration(text: string): number | undefined {
  const parts = [...text.matchAll(part)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text) return undefined;
  const sumMs = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (unitMs[unit ?? ""] ?? 0), 0);
  return sumMs > 0 && sumMs <= longestMs ? sumMs : undefined;
}

const durationSchema = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined,
    'must be a duration of at most 24 days, such as "90s", "10m" or "1h30m"',
  );

const limit = (operation: TimedOperation, defaults: TimeLimits) =>
  string("optional", {
    description: `Longest time that ${operation} may take. Default ${defaults[operation]}.`,
    check: durationSchema,
  });

/** The attribute for a resource whose own limits are `defaults`. */
export const timeouts = (defaults: TimeLimits) =>
  nestedOne(
    "optional",
    {
      create: limit("create", defaults),
      read: limit("read", defaults),
      update: limit("update", defaults),
      delete: limit("delete", defaults),
    },
    {
      description:
        "Time limits of operations, as durations such as 90s or 1h30m. Where one passes, the operation fails and says so.",
    },
  );

/** The limit of an operation on an object: what its attribute `timeouts` says, else the resource's own. */
export function timeLimitOf(
  operation: TimedOperation,
  value: Readonly<Record<string, unknown>>,
  defaults: TimeLimits,
): string {
  const given = value["timeouts"];
  if (given === null || given === undefined || isUnknown(given) || typeof given !== "object")
    return defaults[operation];
  const own = (given as Readonly<Record<string, unknown>>)[operation];
  return typeof own === "string" ? own : defaults[operation];
}
