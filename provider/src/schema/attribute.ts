/**
 * The schema language of this provider: a resource's attributes are written once, as a plain object of these
 * builders. The wire schema, the checks and the TypeScript types of state and configuration are derived from it.
 */
import type { z } from "zod";

/**
 * Who gives the value: `required` and `optional` the user, `computed` the provider, `optionalComputed` the
 * user or, where the user is silent, the provider.
 */
export type Mode = "required" | "optional" | "computed" | "optionalComputed";

/** Terraform's primitive types. */
export type PrimitiveKind = "string" | "number" | "bool";

export interface AttributeOptions {
  readonly description: string;
  /** Never shown in plans or logs. */
  readonly sensitive?: boolean;
  /** A change of this attribute destroys the object and makes a new one. */
  readonly replaces?: boolean;
  /** Checked against every known value; issue paths become attribute paths. */
  readonly check?: z.ZodType;
}

interface Common<M extends Mode> extends AttributeOptions {
  readonly mode: M;
}

export interface PrimitiveAttribute<
  M extends Mode = Mode,
  K extends PrimitiveKind = PrimitiveKind,
> extends Common<M> {
  readonly kind: K;
}

/** Map or list of one primitive type. */
export interface CollectionAttribute<
  M extends Mode = Mode,
  C extends "map" | "list" = "map" | "list",
  K extends PrimitiveKind = PrimitiveKind,
> extends Common<M> {
  readonly kind: C;
  readonly element: K;
}

/** How many objects a nested attribute holds, and how they are found. */
export type Nesting = "map" | "list" | "single";

/** Objects with attributes of their own: keyed by name, in a list, or just one. */
export interface NestedAttribute<
  M extends Mode = Mode,
  N extends Nesting = Nesting,
  A extends Attributes = Attributes,
> extends Common<M> {
  readonly kind: "nested";
  readonly nesting: N;
  readonly attributes: A;
}

export type Attribute = PrimitiveAttribute | CollectionAttribute | NestedAttribute;

/** Attributes by name. An interface, so that nested attributes may refer to it. */
export interface Attributes {
  readonly [name: string]: Attribute;
}

export interface Schema<A extends Attributes = Attributes> {
  /** Grows when stored state needs an upgrade. */
  readonly version: number;
  readonly description: string;
  readonly attributes: A;
}

const primitive =
  <K extends PrimitiveKind>(kind: K) =>
  <M extends Mode>(mode: M, options: AttributeOptions): PrimitiveAttribute<M, K> => ({
    ...options,
    kind,
    mode,
  });

export const string = primitive("string");
export const number = primitive("number");
export const bool = primitive("bool");

const collection =
  <C extends "map" | "list">(kind: C) =>
  <M extends Mode, K extends PrimitiveKind>(
    mode: M,
    element: K,
    options: AttributeOptions,
  ): CollectionAttribute<M, C, K> => ({ ...options, kind, element, mode });

export const map = collection("map");
export const list = collection("list");

const nested =
  <N extends Nesting>(nesting: N) =>
  <M extends Mode, const A extends Attributes>(
    mode: M,
    attributes: A,
    options: AttributeOptions,
  ): NestedAttribute<M, N, A> => ({ ...options, kind: "nested", nesting, attributes, mode });

export const nestedMap = nested("map");
export const nestedList = nested("list");
export const nestedOne = nested("single");
