import { clusterSpecSchema, type NodeState, type Placement } from "@dvce/api";
import { basisOf, changesSince, planIdOf } from "./plan-basis";

const member = { version: "a".repeat(64), vcpus: 1, memoryMiB: 64, diskBytes: 2 ** 20 };
const specOf = (names: string, more = {}) =>
  clusterSpecSchema.parse({
    name: "web",
    members: [...names].map((name) => ({ ...member, name })),
    ...more,
  });
const placementOf = (name: string, node: string): Placement => ({
  member: name,
  domain: `web-${name}`,
  node,
  domainType: "kvm",
  missingBytes: 0,
  estimatedSeconds: 0,
  reason: "",
  moved: null,
  warning: null,
});
const committedOf = (
  nodes: Readonly<Record<string, string>>,
  more = {},
  updatedAt = "2026-01-01T00:00:00Z",
) => ({
  spec: specOf(Object.keys(nodes).join(""), more),
  placements: Object.entries(nodes).map(([name, node]) => placementOf(name, node)),
  updatedAt,
});
const states =
  (known: Readonly<Record<string, NodeState>>) =>
  (node: string): NodeState | undefined =>
    known[node];
const allReady = states({ n1: "ready", n2: "ready" });

describe("what a plan was made from", () => {
  const before = basisOf(committedOf({ a: "n1", b: "n2" }), allReady);
  const messages = (...now: Parameters<typeof basisOf>) =>
    changesSince("web", before, basisOf(...now)).map(({ message }) => message);

  it("names the same plan whatever the order of members, when it was applied, and what became of nodes that keep theirs", () => {
    const id = planIdOf(specOf("abc"), before);
    expect(planIdOf(specOf("cba"), before)).toBe(id);
    const later = committedOf({ b: "n2", a: "n1" }, {}, "2026-02-02T00:00:00Z");
    for (const state of ["cordoned", "unreachable", "joining"] as const)
      expect(planIdOf(specOf("abc"), basisOf(later, states({ n1: "ready", n2: state })))).toBe(id);
  });

  it("names another plan for another specification, another committed state, and a node that is left", () => {
    const ids = [
      planIdOf(specOf("ab"), before),
      planIdOf(specOf("ab", { rebalance: "now" }), before),
      planIdOf(specOf("ab", { deletionProtection: true }), before),
      planIdOf(specOf("ab"), basisOf(undefined, allReady)),
      planIdOf(specOf("ab"), basisOf(committedOf({ a: "n1", b: "n1" }), allReady)),
      planIdOf(specOf("ab"), basisOf(committedOf({ a: "n1", b: "n2" }, { rebalance: "then" }), allReady)),
      ...(["draining", "fenced"] as const).map((state) =>
        planIdOf(
          specOf("ab"),
          basisOf(committedOf({ a: "n1", b: "n2" }), states({ n1: state, n2: "ready" })),
        ),
      ),
      planIdOf(specOf("ab"), basisOf(committedOf({ a: "n1", b: "n2" }), states({ n1: "ready" }))),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("says what changed since", () => {
    expect(messages(committedOf({ a: "n1", b: "n2" }), allReady)).toEqual([]);
    expect(messages(undefined, allReady)).toEqual(["cluster web was deleted"]);
    expect(messages(committedOf({ a: "n2", c: "n1" }), allReady)).toEqual([
      "cluster web was changed at 2026-01-01T00:00:00Z",
      "member a was on n1 and is on n2",
      "member b was on n2 and is no longer placed",
      "member c was not placed and is on n1",
    ]);
    const drained = states({ n1: "draining", n2: "fenced" });
    expect(messages(committedOf({ a: "n1", b: "n2" }), drained)).toEqual([
      "node n1 is being drained",
      "node n2 was fenced",
    ]);
    expect(messages(committedOf({ a: "n1", b: "n2" }), states({}))).toEqual([
      "node n1 was removed from the pool",
      "node n2 was removed from the pool",
    ]);
    const nothing = basisOf(undefined, allReady);
    expect(changesSince("web", nothing, before)).toEqual([
      { message: "cluster web was created at 2026-01-01T00:00:00Z" },
    ]);
    const wasDrained = basisOf(committedOf({ a: "n1", b: "n2" }), drained);
    expect(changesSince("web", wasDrained, before).map(({ message }) => message)).toEqual([
      "node n1 is no longer drained",
      "node n2 is no longer fenced",
    ]);
  });
});
