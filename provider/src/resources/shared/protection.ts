import { attributeAt, DiagnosticError } from "../../diagnostics/diagnostic";

/** What a destroy would take away, and the attributes whose change asks for it; none when the user does. */
export interface Destroy {
  /** As a diagnostic calls it: `image "debian"`. */
  readonly what: string;
  /** What kind of thing it is, in a sentence: "image". */
  readonly kind: string;
  readonly deletionProtection: boolean | null;
  readonly replacedBy: readonly string[];
  /** The error of the pool that says the same, where it has one. */
  readonly code?: string;
}

/** Fails the plan of a destroy that `deletion_protection` forbids, while everything that depends on the thing is still there. */
export function refuseProtectedDestroy(destroy: Destroy): void {
  const { what, kind, deletionProtection, replacedBy, code } = destroy;
  if (deletionProtection !== true) return;
  const why = replacedBy.length === 0 ? "" : ` A change of ${replacedBy.join(" and ")} replaces it.`;
  throw new DiagnosticError({
    severity: "error",
    summary: `Unable to destroy ${what}`,
    detail:
      `Its deletion_protection is true.${why} Nothing is destroyed. If the ${kind} shall go, apply deletion_protection = ` +
      `false first.${code === undefined ? "" : ` (${code})`}`,
    path: attributeAt("deletion_protection"),
  });
}
