import type { Filter } from "./filter";

/** The node's CPUs run what the cluster asks for. */
export const architecture: Filter = {
  name: "architecture",
  rejects: ({ node, constraints }) =>
    constraints.architecture !== null && constraints.architecture !== node.architecture,
  reason: ({ node, constraints }) =>
    `is ${node.architecture}, and the cluster asks for ${constraints.architecture}`,
};
