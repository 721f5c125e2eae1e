import type { Filter } from "./filter";

/** With anti-affinity, a node takes one member of the cluster. */
export const antiAffinity: Filter = {
  name: "anti-affinity",
  rejects: ({ constraints, memberCount }) => constraints.antiAffinity && memberCount > 0,
  reason: ({ memberNames }) =>
    `already takes ${memberNames().join(", ")} of this cluster, which asks for anti-affinity`,
};
