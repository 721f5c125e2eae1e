/** Checks of construct properties: at construction, with what was given, what is allowed and the likely fix. */
import { DvceError } from "@dvce/api";
import { Token } from "cdktf";
import type { Construct } from "constructs";
import type { z } from "zod";

/** What an error says of the property that it is about. */
export interface CheckedProperty {
  /** The construct that was given the property. */
  readonly scope: Construct;
  /** Path of the property below the construct's props, e.g. `["members", "count"]`. */
  readonly path: readonly (string | number)[];
  /** What to do instead: one sentence. */
  readonly fix: string;
}

const longest = 120;

/** A value as an error shows it: JSON, cut where it gets long. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** An error for one property, e.g. `web-cluster/site: members.count is 0; must be 1 or more. Give …`. */
export function invalidProperty(property: CheckedProperty, given: unknown, allowed: string): DvceError {
  const where = property.path.join(".");
  return new DvceError(
    "DVCE_INPUT_INVALID",
    `${property.scope.node.path}: ${where} is ${show(given)}; ${allowed}. ${property.fix}`,
    { details: [{ path: property.path, message: `${show(given)}; ${allowed}` }] },
  );
}

/**
 * Checks a property that may also be a Terraform expression: those pass, since their value is known only later and
 * the provider checks it then.
 *
 * @throws DvceError DVCE_INPUT_INVALID
 */
export function checkProperty(property: CheckedProperty, schema: z.ZodType, value: unknown): void {
  if (Token.isUnresolved(value)) return;
  const parsed = schema.safeParse(value);
  if (parsed.success) return;
  throw invalidProperty(property, value, parsed.error.issues.map((issue) => issue.message).join(", "));
}

/**
 * Checks a property that must be known when the stack is synthesised, because names are made of it.
 *
 * @throws DvceError DVCE_INPUT_INVALID
 */
export function checkKnownProperty(property: CheckedProperty, schema: z.ZodType, value: unknown): void {
  if (Token.isUnresolved(value)) {
    throw invalidProperty(
      property,
      "a Terraform expression",
      "must be a plain value, since resources are named after it",
    );
  }
  checkProperty(property, schema, value);
}
