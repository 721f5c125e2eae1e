import type { ClusterState } from "./model";
import { changesSince } from "./staleness";
import { unsaid } from "./test-support";

const member = { version: "a".repeat(64), vcpus: 1, memory_mib: 512, disk_gib: 1 };

function placed(node: string): NonNullable<ClusterState["placements"]>[string] {
  return {
    domain: "web-a",
    node,
    domain_type: "kvm",
    missing_bytes: 0,
    estimated_seconds: null,
    reason: "has it all",
    alternatives: null,
    volume_path: "/v",
    seed_path: "/s",
  };
}

const state: ClusterState = {
  name: "web",
  members: { a: member, b: member },
  ...unsaid,
  timeouts: null,
  id: "web",
  placements: { a: placed("n1"), b: placed("n2") },
};

test.each<[string, ClusterState | null, string[]]>([
  ["the same", state, []],
  [
    "other figures",
    { ...state, placements: { a: { ...placed("n1"), missing_bytes: 5 }, b: placed("n2") } },
    [],
  ],
  ["a default that is spelled out", { ...state, anti_affinity: false }, []],
  ["deleted", null, ["cluster web was deleted"]],
  ["a member more", { ...state, members: { ...state.members, c: member } }, ["member c was added"]],
  ["a member less", { ...state, members: { a: member } }, ["member b was removed"]],
  [
    "a member changed",
    { ...state, members: { a: member, b: { ...member, vcpus: 2 } } },
    ["member b was changed"],
  ],
  [
    "moved",
    { ...state, placements: { a: placed("n3"), b: placed("n2") } },
    ["member a was on n1 and is on n3"],
  ],
  ["a node lost", { ...state, placements: { b: placed("n2") } }, ["member a lost its node n1"]],
  ["another setting", { ...state, anti_affinity: true }, ["the settings of cluster web were changed"]],
])("%s", (_title, now, expected) => {
  expect(changesSince(state, now).map(({ message }) => message)).toEqual(expected);
});
