import { clusterPlanSchema, type Node } from "@dvce/api";
import { DiagnosticError } from "../../diagnostics/diagnostic";
import { decide } from "./decide";
import type { ClusterInput, ClusterState } from "./model";
import { unsaid } from "./test-support";

const version = "a".repeat(64);
const member = { version, vcpus: 1, memory_mib: 512, disk_gib: 1 };

const node = (name: string, state: Node["state"]): Node => ({
  name,
  state,
  agentUrl: "http://127.0.0.1:1",
  architecture: "x86_64",
  domainType: "kvm",
  labels: {},
  capacity: { vcpus: 1, memoryMiB: 1, diskBytes: 1 },
  allocated: { vcpus: 0, memoryMiB: 0, diskBytes: 0 },
  linkBytesPerSecond: null,
  storeBytes: 0,
  baseBytes: 0,
  diskFreeBytes: 0,
  health: null,
  lastSeenAt: null,
});

const input = (changes: Partial<ClusterInput> = {}): ClusterInput => ({
  name: "web",
  members: { a: member, b: member },
  ...unsaid,
  ...changes,
});

interface Placed {
  readonly member: string;
  readonly node: string;
  readonly moved?: string;
  readonly warning?: string;
  readonly estimatedSeconds?: number;
}

const planOf = (placed: readonly Placed[]) =>
  clusterPlanSchema.parse({
    cluster: "web",
    planId: version,
    expiresAt: "2026-01-01T00:00:00Z",
    placements: placed.map((one) => ({
      domain: `web-${one.member}`,
      domainType: "kvm",
      missingBytes: 5_000_000_000,
      estimatedSeconds: null,
      reason: "has the fewest bytes to fetch",
      ...one,
    })),
    explanations: placed.map((one) => ({
      member: one.member,
      chosen: { node: one.node, missingBytes: 0, estimatedSeconds: null, reason: "chosen" },
      rejected: [
        { node: "n9", missingBytes: 1, estimatedSeconds: 1, reason: "is cordoned", filter: "readiness" },
      ],
      furtherNodes: 2,
    })),
  });

const prior = (nodes: Readonly<Record<string, string>>): ClusterState => {
  const { placements } = decide(
    planOf(Object.entries(nodes).map(([name, on]) => ({ member: name, node: on }))),
    input(),
    null,
    [],
  );
  return { ...input(), timeouts: null, id: "web", placements };
};

const nodes = [node("n1", "draining"), node("n2", "ready"), node("n3", "fenced")];
const moving = planOf([
  { member: "a", node: "n2", moved: "n1" },
  { member: "b", node: "n2" },
]);

/** The error's only diagnostic. */
const refusalOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0];
    throw error;
  }
  throw new Error("nothing was refused");
};

test("tells who moves, from where, why, and that its disk is new", () => {
  const { moves, warnings, placements } = decide(moving, input(), prior({ a: "n1", b: "n2" }), nodes);
  expect(moves).toMatchObject([
    { member: "a", from: "n1", to: "n2", fromState: "draining", diskIsNew: false },
  ]);
  expect(warnings.map(({ summary }) => summary)).toEqual(['Cluster "web": members move']);
  expect(warnings[0]?.detail).toMatch(
    /a from n1 \(draining\) to n2: has the fewest .*what is on the old one is lost/,
  );
  expect(placements["a"]?.alternatives).toEqual(["n9: is cordoned", "and 2 more nodes"]);
});

test("restores by copying from a node that is there, and not from one that is gone", () => {
  const restore = input({ on_move: "restore" });
  const { warnings } = decide(moving, restore, prior({ a: "n1", b: "n2" }), nodes);
  expect(warnings[0]?.detail).toContain("its disk is copied");
  for (const [from, state] of [
    ["n3", "fenced"],
    ["n7", "gone"],
  ] as const) {
    const plan = planOf([{ member: "a", node: "n2", moved: from }]);
    const refusal = refusalOf(() => decide(plan, restore, prior({}), nodes));
    expect(refusal?.detail).toContain(`a from ${from} (${state}) to n2`);
    expect(refusal?.detail).toContain('set on_move = "recreate"');
    expect(decide(plan, input(), prior({}), nodes).moves).toHaveLength(1);
  }
});

test("a member that gets another version has a new disk, wherever its old one is", () => {
  const before: ClusterState = {
    ...prior({ a: "n1", b: "n2" }),
    members: { a: { ...member, version: "b".repeat(64) }, b: member },
  };
  const plan = planOf([{ member: "a", node: "n2", moved: "n3" }]);
  const { warnings } = decide(plan, input({ on_move: "restore" }), before, nodes);
  expect(warnings[0]?.detail).toContain("new, empty disk");
});

test("forbids moves by name, place and reason, and lets those stay who stay", () => {
  const forbid = input({ on_move: "forbid" });
  const refusal = refusalOf(() => decide(moving, forbid, prior({ a: "n1", b: "n2" }), nodes));
  expect(refusal?.summary).toContain("on_move forbids it");
  expect(refusal?.detail).toContain("a from n1 (draining) to n2: has the fewest bytes to fetch");
  expect(refusal?.detail).not.toContain("b from");
  const staying = planOf([{ member: "a", node: "n1" }]);
  expect(decide(staying, forbid, prior({ a: "n1" }), nodes).warnings).toEqual([]);
});

test("warns of those who stay where new ones would not go, and of slow links", () => {
  const plan = planOf([
    { member: "a", node: "n1", warning: "n1 is unreachable", estimatedSeconds: 999 },
    { member: "b", node: "n2", estimatedSeconds: 61 },
  ]);
  const { warnings } = decide(plan, input(), prior({ a: "n1" }), nodes);
  expect(warnings.map(({ detail }) => detail.split("\n")[0])).toEqual([
    "  - a on n1: n1 is unreachable",
    "  - b: n2 lacks 5.0 GB of its image, 1 min 1 s at its link's rate",
  ]);
});
