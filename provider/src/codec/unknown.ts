/** A value that Terraform will know only after something else was applied. Never part of stored state. */
export const unknown: unique symbol = Symbol("unknown until applied");

export type Unknown = typeof unknown;

export const isUnknown = (value: unknown): value is Unknown => value === unknown;
