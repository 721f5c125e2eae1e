/** What the provider tells the user: an error or a warning, where in the configuration it lies, and why. */

/** One step into a value: an object's attribute, a map's key or a list's index. */
export type PathStep = { readonly attribute: string } | { readonly key: string } | { readonly index: number };

export type AttributePath = readonly PathStep[];

export interface Diagnostic {
  readonly severity: "error" | "warning";
  /** One line: "Unable to <action> <thing>". */
  readonly summary: string;
  /** What was wrong, what would be right, what to do. */
  readonly detail: string;
  readonly path?: AttributePath;
}

/** An error that is already a diagnostic; resources throw it where no catalogue error fits. */
export class DiagnosticError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(...diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ summary, detail }) => `${summary}: ${detail}`).join("\n"));
    this.name = "DiagnosticError";
    this.diagnostics = diagnostics;
  }
}

/** The path of a top-level attribute, or of what lies under it. */
export const attributeAt = (attribute: string, ...rest: AttributePath): AttributePath => [
  { attribute },
  ...rest,
];

/** The path as Terraform writes it: `members["web-0"].version`. */
export function formatPath(path: AttributePath): string {
  return path
    .map((step, position) => {
      if ("attribute" in step) return position === 0 ? step.attribute : `.${step.attribute}`;
      return "key" in step ? `[${JSON.stringify(step.key)}]` : `[${step.index}]`;
    })
    .join("");
}
