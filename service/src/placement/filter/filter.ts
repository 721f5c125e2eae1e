/** A filter says whether a node may take a member, and if not, why in words. Filters are pure and independent. */
import type { Constraints, Resources } from "@dvce/api";
import type { NodeSnapshot } from "../snapshot";

/** Members of the cluster by value of one label, with the skew that it asks for. */
export interface SkewView {
  readonly key: string;
  readonly skewMax: number;
  /** The node's value; undefined when it has no such label. */
  readonly value: string | undefined;
  /** Whether one more member here leaves a way to keep the skew with the members that are not placed yet. */
  readonly admits: boolean;
  /** Members here, and where there are fewest. */
  readonly members: number;
  readonly fewest: { readonly value: string; readonly members: number };
}

/** A node as one more member would find it. */
export interface Candidate {
  readonly node: NodeSnapshot;
  readonly constraints: Constraints;
  /** What the member asks for; the volume at its full size. */
  readonly demand: Resources;
  /** Taken by other clusters and by the members of this one that are placed here; volumes at their full size. */
  readonly used: Resources;
  /** Share of a volume's size that counts. */
  readonly thinFactor: number;
  /** How many members of this cluster are placed here. */
  readonly memberCount: number;
  /** Their names; a function, since only words want them. */
  readonly memberNames: () => readonly string[];
  /** One for each label of the maximum skew; a function, since most clusters ask for none. */
  readonly skews: () => readonly SkewView[];
}

export interface Filter {
  /** As it is named in explanations: "excluded by <name>". */
  readonly name: string;
  /** Whether the node may not take the member. */
  rejects(candidate: Candidate): boolean;
  /** Why, with numbers, as what is said of the node. Asked only where it rejects. */
  reason(candidate: Candidate): string;
}

export interface Rejection {
  readonly filter: string;
  readonly reason: string;
}

/** The first filter that rejects, or undefined. */
export function firstRejection(filters: readonly Filter[], candidate: Candidate): Rejection | undefined {
  const filter = filters.find((one) => one.rejects(candidate));
  return filter && { filter: filter.name, reason: filter.reason(candidate) };
}
