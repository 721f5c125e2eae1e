import type { Filter } from "./filter";

/** With anti-affinity, a node takes one member of the cluster. */
export const antiAffinity: Filter = {
  name: "anti-affinity",
  reject: (_member, { constraints, membersHere }) =>
    constraints.antiAffinity && membersHere.length > 0
      ? `already takes ${membersHere.join(", ")} of this cluster, which asks for anti-affinity`
      : undefined,
};
