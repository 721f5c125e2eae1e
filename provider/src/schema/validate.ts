/** Checks a configuration's known values against the checks of its schema. */
import { isUnknown } from "../codec/unknown";
import { findUnknown } from "../codec/values";
import type { AttributePath, Diagnostic, PathStep } from "../diagnostics/diagnostic";
import { formatPath } from "../diagnostics/diagnostic";
import type { Attribute, Attributes } from "./attribute";

/** One diagnostic for each value that is not allowed. Null and unknown values are left alone. */
export function validateAttributes(
  attributes: Attributes,
  value: Readonly<Record<string, unknown>>,
  thing: string,
): readonly Diagnostic[] {
  return check(attributes, value, []).map(({ path, problem }) => ({
    severity: "error",
    summary: `Unable to accept ${thing}`,
    detail: `${formatPath(path)} ${problem}.`,
    path,
  }));
}

interface Problem {
  readonly path: AttributePath;
  readonly problem: string;
}

function check(
  attributes: Attributes,
  value: Readonly<Record<string, unknown>>,
  path: AttributePath,
): readonly Problem[] {
  return Object.entries(attributes).flatMap(([name, attribute]) =>
    checkValue(attribute, value[name], [...path, { attribute: name }]),
  );
}

function checkValue(attribute: Attribute, value: unknown, path: AttributePath): readonly Problem[] {
  if (value === null || value === undefined || isUnknown(value)) return [];
  const own = checkOwn(attribute, value, path);
  if (attribute.kind !== "nested" || typeof value !== "object") return own;
  if (attribute.nesting === "single") {
    return [...own, ...check(attribute.attributes, value as Readonly<Record<string, unknown>>, path)];
  }
  const children: [PathStep, unknown][] = Array.isArray(value)
    ? value.map((child: unknown, index) => [{ index }, child])
    : Object.entries(value).map(([key, child]) => [{ key }, child]);
  const inner = children.flatMap(([step, child]) =>
    child !== null && typeof child === "object"
      ? check(attribute.attributes, child as Readonly<Record<string, unknown>>, [...path, step])
      : [],
  );
  return [...own, ...inner];
}

function checkOwn(attribute: Attribute, value: unknown, path: AttributePath): readonly Problem[] {
  if (attribute.check === undefined) return [];
  // A nested attribute's own check looks at its keys and count only, so unknown parts do not disturb it.
  if (attribute.kind !== "nested" && findUnknown(value, []) !== undefined) return [];
  const result = attribute.check.safeParse(value);
  if (result.success) return [];
  return result.error.issues.map((issue) => {
    const [step] = issue.path;
    const at = step === undefined ? path : [...path, toStep(attribute, step)];
    const problem = "issues" in issue ? keyProblem(issue.issues) : lowerFirst(issue.message);
    const given = step === undefined ? value : (value as Readonly<Record<PropertyKey, unknown>>)[step];
    return { path: at, problem: `${problem}${describeGiven(attribute, given)}` };
  });
}

/** Repeats what was given where it is short and no secret. */
function describeGiven(attribute: Attribute, given: unknown): string {
  const shown =
    attribute.sensitive === true || (typeof given === "object" && given !== null) ? "" : String(given);
  return shown === "" || shown.length > 100 ? "" : `, and not ${JSON.stringify(given)}`;
}

const toStep = (attribute: Attribute, step: PropertyKey): PathStep =>
  typeof step === "number" && attribute.kind === "list" ? { index: step } : { key: String(step) };

/** A record's key that is not allowed carries the key check's own issues. */
function keyProblem(issues: readonly { readonly message: string }[]): string {
  return `is not an allowed name: it ${issues.map(({ message }) => lowerFirst(message)).join("; ")}`;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
