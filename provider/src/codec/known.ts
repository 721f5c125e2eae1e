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

/** For values that Terraform gives only once they are known. Breaking that is a fault of the program. */
export function assertKnown<T>(value: T, what: string): Known<T> {
  if (isKnown(value)) return value;
  throw new Error(`${what} is still unknown at apply`);
}
