import type { NodeState } from "@dvce/api";
import type { Filter } from "./filter";

const reasons: Record<Exclude<NodeState, "ready">, string> = {
  joining: "is joining: it has not yet reported what it holds",
  cordoned: "is cordoned: it takes no new members",
  draining: "is draining: it takes no new members",
  unreachable: "is unreachable: its heartbeats stopped",
  fenced: "is fenced: it was declared dead",
};

/** Only a ready node takes a member that it does not hold yet. */
export const readiness: Filter = {
  name: "readiness",
  reject: (_member, { node }) => (node.state === "ready" ? undefined : reasons[node.state]),
};
