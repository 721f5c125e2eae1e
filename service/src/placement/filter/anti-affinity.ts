import type { Filter } from "./filter";

/** With anti-affinity, a node takes one member of the cluster. */
export const antiAffinity: Filter = {
  name: "anti-affinity",
  reject: (_member, { constraints, memberCount, memberNames }) =>
    constraints.antiAffinity && memberCount > 0
      ? `already takes ${memberNames().join(", ")} of this cluster, which asks for anti-affinity`
      : undefined,
};
