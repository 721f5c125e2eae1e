/** A filter says whether a node may take a member, and if not, why in words. Filters are pure and independent. */
import type { Constraints, MemberSpec, Resources } from "@dvce/api";
import type { NodeSnapshot } from "../snapshot";

/** A node as one more member would find it. */
export interface Candidate {
  readonly node: NodeSnapshot;
  /** Taken by other clusters and by the members of this one that are placed here. */
  readonly used: Resources;
  /** How many members of this cluster are placed here. */
  readonly memberCount: number;
  /** Their names; a function, since only a refusal wants them. */
  readonly memberNames: () => readonly string[];
  readonly constraints: Constraints;
}

export interface Filter {
  /** As it is named in explanations: "excluded by <name>". */
  readonly name: string;
  /** Why the node may not take the member, with numbers; undefined when it may. */
  reject(member: MemberSpec, candidate: Candidate): string | undefined;
}

export interface Rejection {
  readonly filter: string;
  readonly reason: string;
}

/** The first filter that rejects, or undefined. */
export function firstRejection(
  filters: readonly Filter[],
  member: MemberSpec,
  candidate: Candidate,
): Rejection | undefined {
  for (const filter of filters) {
    const reason = filter.reject(member, candidate);
    if (reason !== undefined) return { filter: filter.name, reason };
  }
  return undefined;
}
