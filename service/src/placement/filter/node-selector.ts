import type { NodeSnapshot } from "../snapshot";
import type { Filter } from "./filter";

/** Label that every node carries without being told: what its CPUs run. */
export const architectureLabel = "architecture";

/** A node's labels, with those that every node carries. */
export function labelsOf(node: NodeSnapshot): Readonly<Record<string, string>> {
  return { ...node.labels, [architectureLabel]: node.architecture };
}

/** The node carries every label that the cluster selects by. `architecture` is one of them on every node. */
export const nodeSelector: Filter = {
  name: "node selector",
  reject: (_member, { node, constraints }) => {
    const labels = labelsOf(node);
    for (const [key, wanted] of Object.entries(constraints.nodeSelector)) {
      const actual = Object.hasOwn(labels, key) ? labels[key] : undefined;
      if (actual === wanted) continue;
      const has = actual === undefined ? "has no such label" : `has ${key}=${actual}`;
      return `does not match the node selector ${key}=${wanted}: it ${has}`;
    }
    return undefined;
  },
};
