import { compareNames } from "./snapshot";

/** JSON with sorted keys: equal data gives equal text. */
export function canonicalJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compareNames(a, b)))
      : inner,
  );
  return text ?? "undefined";
}

/** Equality of plain data, whatever the order of its keys. */
export const sameValue = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
