import { isUnknown } from "./unknown";

/** Deep equality of schema values; an unknown value equals nothing. */
export function sameValue(one: unknown, other: unknown): boolean {
  if (isUnknown(one) || isUnknown(other)) return false;
  if (one === other) return true;
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every(
      (name) =>
        Object.hasOwn(other, name) &&
        sameValue(
          (one as Readonly<Record<string, unknown>>)[name],
          (other as Readonly<Record<string, unknown>>)[name],
        ),
    )
  );
}
