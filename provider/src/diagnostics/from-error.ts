/** Errors of every kind as diagnostics that read "Unable to <action> <thing>". */
import { DvceError } from "@dvce/api";
import { ZodError } from "zod";
import { ValueError } from "../codec/value-error";
import { DiagnosticError, type AttributePath, type Diagnostic } from "./diagnostic";

export interface Attempt {
  /** Verb: "plan", "create". */
  readonly action: string;
  /** What it was done to: `cluster "web"`. */
  readonly thing: string;
  /** Maps a path in the controller's request to an attribute. */
  readonly translatePath?: (path: readonly (string | number)[]) => AttributePath | undefined;
  /** Where the error lies, whatever its details say of that. */
  readonly path?: AttributePath | undefined;
  /** Is told of errors that are nobody's input; a stack belongs in a log. */
  readonly onUnexpected: (error: unknown) => void;
}

const withPath = (path: AttributePath | undefined): { path?: AttributePath } =>
  path === undefined ? {} : { path };

export function diagnose(error: unknown, attempt: Attempt): readonly Diagnostic[] {
  const summary = `Unable to ${attempt.action} ${attempt.thing}`;
  if (error instanceof DiagnosticError) return error.diagnostics;
  if (error instanceof DvceError) return diagnoseOperating(error, summary, attempt);
  if (error instanceof ValueError) {
    return [{ severity: "error", summary, detail: `${error.message}.`, ...withPath(error.path) }];
  }
  if (error instanceof ZodError) {
    // What the user gives is checked by the schema; what is left is a state that this provider has not written.
    const problems = error.issues.map(({ message }) => `  - ${message}`).join("\n");
    const detail = `A stored value is not one that this provider allows:\n\n${problems}\n\nUse at least the provider that wrote it.`;
    return [{ severity: "error", summary, detail }];
  }
  if (error instanceof Error && error.name === "AbortError") {
    return [{ severity: "error", summary, detail: "Stopped on request before it was done." }];
  }
  attempt.onUnexpected(error);
  const message = error instanceof Error ? error.message : String(error);
  return [
    {
      severity: "error",
      summary,
      detail: `The provider failed in a way that it does not know: ${message}. Please report this; TF_LOG=ERROR shows where.`,
    },
  ];
}

function diagnoseOperating(error: DvceError, summary: string, attempt: Attempt): readonly Diagnostic[] {
  const details = error.details.map(({ message, path }) => ({
    message,
    path: path === undefined ? undefined : attempt.translatePath?.(path),
  }));
  const located = details.filter(({ path }) => path !== undefined);
  // Several mistakes in one input: one diagnostic each, at its place.
  if (error.code === "DVCE_INPUT_INVALID" && located.length > 0 && located.length === details.length) {
    return located.map(({ message, path }) => ({
      severity: "error",
      summary,
      detail: `${message} (${error.code})`,
      ...withPath(path),
    }));
  }
  const reasons = [...new Set(error.details.map(({ message }) => `  - ${message}`))];
  const detail = [
    error.message,
    ...(reasons.length === 0 ? [] : ["", ...reasons]),
    "",
    `(${error.code})`,
  ].join("\n");
  const path = commonPath(located.flatMap((item) => (item.path === undefined ? [] : [item.path])));
  return [{ severity: "error", summary, detail, ...withPath(attempt.path ?? path) }];
}

/** The longest path that all of `paths` lie under; undefined when there is none. */
function commonPath(paths: readonly AttributePath[]): AttributePath | undefined {
  const [first, ...rest] = paths;
  if (first === undefined) return undefined;
  const same = (index: number): boolean =>
    rest.every((path) => JSON.stringify(path[index]) === JSON.stringify(first[index]));
  const length = first.findIndex((_step, index) => !same(index));
  const common = length === -1 ? first : first.slice(0, length);
  return common.length === 0 ? undefined : common;
}
