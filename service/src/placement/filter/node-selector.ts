import type { NodeSnapshot } from "../snapshot";
import type { Candidate, Filter } from "./filter";

/** Label that every node carries without being told: what its CPUs run. */
export const architectureLabel = "architecture";

/** A node's label; each node carries {@link architectureLabel}. */
export function labelOf(node: NodeSnapshot, key: string): string | undefined {
  if (key === architectureLabel) return node.architecture;
  return Object.hasOwn(node.labels, key) ? node.labels[key] : undefined;
}

const mismatch = ({ node, constraints }: Candidate): [string, string] | undefined =>
  Object.entries(constraints.nodeSelector).find(([key, wanted]) => labelOf(node, key) !== wanted);

/** The node carries every label that the cluster selects by. */
export const nodeSelector: Filter = {
  name: "node selector",
  rejects: (candidate) => mismatch(candidate) !== undefined,
  reason: (candidate) => {
    const [key, wanted] = mismatch(candidate) ?? ["", ""];
    const actual = labelOf(candidate.node, key);
    const has = actual === undefined ? "has no such label" : `has ${key}=${actual}`;
    return `does not match the node selector ${key}=${wanted}: it ${has}`;
  },
};
