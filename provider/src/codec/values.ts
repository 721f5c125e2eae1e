/**
 * Between loose values, as msgpack or JSON carry them, and values typed by a schema.
 *
 * Reading checks every type and drops what the schema does not name; a missing attribute reads as null,
 * unless it is required.
 * Writing names every attribute of the schema, as the protocol demands.
 */
import type { AttributePath, PathStep } from "../diagnostics/diagnostic";
import type { Attribute, Attributes, PrimitiveKind } from "../schema/attribute";
import type { Partly, State } from "../schema/infer";
import { isUnknown } from "./unknown";
import { ValueError } from "./value-error";

type Loose = Readonly<Record<string, unknown>>;

const isLooseObject = (value: unknown): value is Loose =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !ArrayBuffer.isView(value);

/** Reads an object that may hold unknown parts; null when there is no object. Throws {@link ValueError}. */
export function readPartly<A extends Attributes>(attributes: A, loose: unknown): Partly<A> | null {
  // The one place where checked loose values get their schema's type.
  return (
    loose === null || loose === undefined ? null : readObject(attributes, loose, [])
  ) as Partly<A> | null;
}

/** Reads an object in which everything must be known, such as stored state. Throws {@link ValueError}. */
export function readState<A extends Attributes>(attributes: A, loose: unknown): State<A> | null {
  const value = readPartly(attributes, loose);
  const hole = findUnknown(value, []);
  if (hole !== undefined) throw new ValueError(hole, "must be known here");
  return value as State<A> | null;
}

function readObject(attributes: Attributes, loose: unknown, path: AttributePath): Loose {
  if (!isLooseObject(loose)) throw new ValueError(path, `must be an object, not ${describe(loose)}`);
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => {
      const value = Object.hasOwn(loose, name) ? (loose[name] ?? null) : null;
      const at = [...path, { attribute: name }];
      if (value === null && attribute.mode === "required") throw new ValueError(at, "must be given");
      return [name, readValue(attribute, value, at)];
    }),
  );
}

function readValue(attribute: Attribute, loose: unknown, path: AttributePath): unknown {
  if (loose === null || loose === undefined) return null;
  if (isUnknown(loose)) return loose;
  switch (attribute.kind) {
    case "map":
      return readEach("map", loose, path, (value, at) => readElement(attribute.element, value, at));
    case "list":
      return readEach("list", loose, path, (value, at) => readElement(attribute.element, value, at));
    case "nested":
      if (attribute.nesting === "single") return readObject(attribute.attributes, loose, path);
      return readEach(attribute.nesting, loose, path, (value, at) =>
        isUnknown(value) ? value : readObject(attribute.attributes, value, at),
      );
    default:
      return readPrimitive(attribute.kind, loose, path);
  }
}

function readEach(
  nesting: "map" | "list",
  loose: unknown,
  path: AttributePath,
  read: (value: unknown, path: AttributePath) => unknown,
): unknown {
  if (nesting === "list") {
    if (!Array.isArray(loose)) throw new ValueError(path, `must be a list, not ${describe(loose)}`);
    return loose.map((value: unknown, index) => read(value, [...path, { index }]));
  }
  if (!isLooseObject(loose)) throw new ValueError(path, `must be a map, not ${describe(loose)}`);
  return Object.fromEntries(
    Object.entries(loose).map(([key, value]) => [key, read(value, [...path, { key }])]),
  );
}

function readElement(kind: PrimitiveKind, loose: unknown, path: AttributePath): unknown {
  return isUnknown(loose) ? loose : readPrimitive(kind, loose, path);
}

function readPrimitive(kind: PrimitiveKind, loose: unknown, path: AttributePath): string | number | boolean {
  if (kind === "string" && typeof loose === "string") return loose;
  if (kind === "bool" && typeof loose === "boolean") return loose;
  if (kind === "number" && ["number", "bigint", "string"].includes(typeof loose))
    return readNumber(loose, path);
  throw new ValueError(path, `must be a ${kind}, not ${describe(loose)}`);
}

function readNumber(loose: unknown, path: AttributePath): number {
  if (typeof loose === "string" && !/^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/.test(loose)) {
    throw new ValueError(path, `must be a number, not ${describe(loose)}`);
  }
  const value = Number(loose);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
    throw new ValueError(path, "must be a number between -(2^53 - 1) and 2^53 - 1");
  }
  return value;
}

/** Names a value's type for a message, and never its content, which may be secret. */
function describe(loose: unknown): string {
  if (loose === null) return "null";
  if (Array.isArray(loose)) return "a list";
  if (ArrayBuffer.isView(loose)) return "bytes";
  return typeof loose === "object" ? "an object" : `a ${typeof loose}`;
}

/** Lays an object out for the wire: every attribute present, those not given as null. */
export function writeObject(attributes: Attributes, value: Loose): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, attribute]) => [name, writeValue(attribute, value[name])]),
  );
}

function writeValue(attribute: Attribute, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (attribute.kind !== "nested" || isUnknown(value)) return value;
  if (attribute.nesting === "single" && isLooseObject(value)) return writeObject(attribute.attributes, value);
  const write = (child: unknown): unknown =>
    isLooseObject(child) ? writeObject(attribute.attributes, child) : child;
  if (Array.isArray(value)) return value.map(write);
  if (!isLooseObject(value)) throw new Error("a nested attribute holds neither a list nor an object");
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, write(child)]));
}

/** Path of the first unknown part, or undefined when all is known. */
export function findUnknown(value: unknown, path: AttributePath): AttributePath | undefined {
  if (isUnknown(value)) return path;
  if (value === null || typeof value !== "object") return undefined;
  const entries: [PathStep, unknown][] = Array.isArray(value)
    ? value.map((child: unknown, index) => [{ index }, child])
    : Object.entries(value).map(([name, child]) => [{ attribute: name }, child]);
  for (const [step, child] of entries) {
    const hole = findUnknown(child, [...path, step]);
    if (hole !== undefined) return hole;
  }
  return undefined;
}

/** Paths of all unknown parts, as a configuration names them. */
export function unknownPaths(
  attributes: Attributes,
  value: Readonly<Record<string, unknown>>,
  path: AttributePath = [],
): readonly AttributePath[] {
  return Object.entries(value).flatMap(([name, child]) => {
    const attribute = attributes[name];
    return attribute === undefined ? [] : unknownIn(attribute, child, [...path, { attribute: name }]);
  });
}

function unknownIn(attribute: Attribute, value: unknown, path: AttributePath): readonly AttributePath[] {
  if (isUnknown(value)) return [path];
  if (value === null || typeof value !== "object") return [];
  if (attribute.kind === "nested" && attribute.nesting === "single")
    return unknownPaths(attribute.attributes, value as Loose, path);
  const children: [PathStep, unknown][] = Array.isArray(value)
    ? value.map((child: unknown, index) => [{ index }, child])
    : Object.entries(value).map(([key, child]) => [{ key }, child]);
  return children.flatMap(([step, child]) => {
    if (isUnknown(child)) return [[...path, step]];
    return attribute.kind === "nested" && isLooseObject(child)
      ? unknownPaths(attribute.attributes, child, [...path, step])
      : [];
  });
}
