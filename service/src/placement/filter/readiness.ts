import type { NodeState } from "@dvce/api";
import type { Filter } from "./filter";

/** What a state means for members, as what is said of a node. */
export const stateInWords: Readonly<Record<NodeState, string>> = {
  ready: "is ready",
  joining: "is joining: it has not yet reported what it holds",
  cordoned: "is cordoned: it takes no new members",
  draining: "is draining: it takes no new members",
  unreachable: "is unreachable: its heartbeats stopped",
  fenced: "is fenced: it was declared dead",
};

/** Only a ready node takes a member that it does not hold yet. */
export const readiness: Filter = {
  name: "readiness",
  rejects: ({ node }) => node.state !== "ready",
  reason: ({ node }) => stateInWords[node.state],
};
