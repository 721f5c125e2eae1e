import { DvceError } from "@dvce/api";
import { findUnknown } from "./values";
import type { Unknown } from "./unknown";

/** What remains of a type when nothing in it can be unknown. */
export type Known<T> = T extends Unknown
  ? never
  : T extends readonly (infer E)[]
    ? readonly Known<E>[]
    : T extends object
      ? { readonly [K in keyof T]: Known<T[K]> }
      : T;

/** Whether nothing in `value` is unknown. */
export const isKnown = <T>(value: T): value is T & Known<T> => findUnknown(value, []) === undefined;

/** Terraform's protocol promises known values at apply; whoever calls otherwise is told so. */
export const stillUnknown = (what: string): DvceError =>
  new DvceError(
    "DVCE_INPUT_INVALID",
    `${what} is still unknown at apply, where every value must be known. ` +
      "Plan again; if it stays so, report it with the version of Terraform.",
  );

/** For values that Terraform gives only once they are known. Throws {@link stillUnknown}. */
export function assertKnown<T>(value: T, what: string): Known<T> {
  if (isKnown(value)) return value;
  throw stillUnknown(what);
}
