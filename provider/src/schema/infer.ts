/** TypeScript types of values, derived from a schema's attributes. */
import type { Unknown } from "../codec/unknown";
import type {
  Attribute,
  Attributes,
  CollectionAttribute,
  NestedAttribute,
  Nesting,
  PrimitiveAttribute,
  PrimitiveKind,
} from "./attribute";

interface PrimitiveTypes {
  string: string;
  number: number;
  bool: boolean;
}

interface Collections<T> {
  map: { readonly [key: string]: T };
  list: readonly T[];
}

type Nested<N extends Nesting, T, U> = N extends "map" | "list" ? Collections<T | U>[N] : T;

/** An attribute's value when it is neither null nor unknown. `U` is what may stand for parts not yet known. */
type Present<A extends Attribute, U> =
  A extends PrimitiveAttribute<infer _M, infer K extends PrimitiveKind>
    ? PrimitiveTypes[K]
    : A extends CollectionAttribute<infer _M, infer C, infer K extends PrimitiveKind>
      ? Collections<PrimitiveTypes[K] | U>[C]
      : A extends NestedAttribute<infer _M, infer N, infer B>
        ? Nested<N, Values<B, U>, U>
        : never;

type Value<A extends Attribute, U> = A["mode"] extends "required"
  ? Present<A, U> | U
  : Present<A, U> | null | U;

type Values<A extends Attributes, U> = { readonly [K in keyof A]: Value<A[K], U> };

/** An object as Terraform stores it: everything known. */
export type State<A extends Attributes> = Values<A, never>;

/** An object in a configuration or a plan: any part may be unknown. */
export type Partly<A extends Attributes> = Values<A, Unknown>;
