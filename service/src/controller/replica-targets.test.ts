import { chooseTargets, type TargetCandidate } from "./replica-targets";

const node = (name: string, more: Partial<TargetCandidate> = {}): TargetCandidate => ({
  name,
  state: "ready",
  answered: true,
  diskFreeBytes: 10,
  presentBytes: 0,
  ...more,
});
const choose = (nodes: TargetCandidate[], current: string[] = [], complete = false) =>
  chooseTargets({ nodes, replicas: 2, current, complete, failures: new Map() });

describe("chooseTargets", () => {
  it("prefers bytes that are there, then free disk, then names", () => {
    const nodes = [node("d"), node("c"), node("b", { diskFreeBytes: 20 }), node("a", { presentBytes: 1 })];
    expect(choose(nodes)).toEqual(["a", "b"]);
    expect(choose(nodes.slice(0, 2))).toEqual(["c", "d"]);
  });

  it("keeps targets that are there, though others have become better", () => {
    const nodes = [node("a", { presentBytes: 9 }), node("b", { state: "cordoned" }), node("c")];
    expect(choose(nodes, ["b", "c"])).toEqual(["b", "c"]);
    expect(choose(nodes, ["b"])).toEqual(["b", "a"]);
  });

  it.each(["unreachable", "fenced"] as const)("replaces a target that is %s", (state) => {
    expect(choose([node("a", { state, answered: false }), node("b"), node("c")], ["a", "b"])).toEqual([
      "b",
      "c",
    ]);
  });

  it("keeps an unreachable target of a complete version, which comes back with its bytes, but no fenced one", () => {
    const nodes = (state: "unreachable" | "fenced") => [
      node("a", { state, answered: false }),
      node("b"),
      node("c"),
    ];
    expect(choose(nodes("unreachable"), ["a", "b"], true)).toEqual(["a", "b"]);
    expect(choose(nodes("fenced"), ["a", "b"], true)).toEqual(["b", "c"]);
  });

  it("takes no node that did not take the index", () => {
    expect(choose([node("a", { answered: false }), node("b")])).toEqual(["b"]);
    expect(() => choose([node("a", { answered: false })])).toThrow("No node is ready");
  });
});
