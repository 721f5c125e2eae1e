import { clusterSpecSchema, type Cluster, type Placement } from "@dvce/api";
import { formatPath } from "../../diagnostics/diagnostic";
import { fromCluster, fromPlacements, keepUnmoved, toSpec, translatePath } from "./model";
import { unsaid } from "./test-support";

const version = "a".repeat(64);
const member = { version, vcpus: 2, memory_mib: 512, disk_gib: 3 };
const placement = (name: string, node: string, missingBytes = 0): Placement => ({
  member: name,
  domain: `web-${name}`,
  node,
  domainType: "kvm",
  missingBytes,
  estimatedSeconds: null,
  reason: "has it all",
  moved: null,
  warning: null,
});

test("the same cluster asks in the same words, whatever the order of its members", () => {
  const one = toSpec({
    name: "web",
    members: { b: member, a: member },
    ...unsaid,
  });
  const other = toSpec({
    name: "web",
    members: { a: member, b: member },
    ...unsaid,
    anti_affinity: false,
    node_selector: {},
    max_skew: {},
    on_move: "recreate",
    deletion_protection: false,
  });
  expect(one).toEqual(other);
  expect(one.members.map(({ name, diskBytes }) => [name, diskBytes])).toEqual([
    ["a", 3 * 1024 ** 3],
    ["b", 3 * 1024 ** 3],
  ]);
});

test("a read cluster plans as it was written", () => {
  const input = { name: "web", members: { a: member }, ...unsaid };
  const cluster: Cluster = {
    name: "web",
    spec: clusterSpecSchema.parse(toSpec(input)),
    placements: [placement("a", "n1")],
    updatedAt: "2026-01-01T00:00:00Z",
  };
  expect(fromCluster(cluster, null)).toMatchObject(input);
  const said = {
    anti_affinity: false,
    node_selector: {},
    max_skew: {},
    on_move: "recreate",
    deletion_protection: false,
    timeouts: { create: "1m", read: null, update: null, delete: null },
  };
  expect(fromCluster(cluster, { ...input, ...said, id: "web", placements: null })).toMatchObject(said);
});

test("a member that stays keeps its figures, one that moves gets new ones", () => {
  const prior = fromPlacements({ placements: [placement("a", "n1", 5), placement("b", "n1", 7)] });
  const now = fromPlacements({
    placements: [placement("a", "n1", 0), placement("b", "n2", 9), placement("c", "n3", 1)],
  });
  expect(
    Object.entries(keepUnmoved(now, prior)).map(([name, { missing_bytes }]) => [name, missing_bytes]),
  ).toEqual([
    ["a", 5],
    ["b", 9],
    ["c", 1],
  ]);
});

test.each([
  [["members", "web-0", "version"], 'members["web-0"].version'],
  [["members", "web-0", "image"], 'members["web-0"].version'],
  [["spec", "members", 1, "diskBytes"], 'members["web-1"].disk_gib'],
  [["members", "web-1"], 'members["web-1"]'],
  [["members", "gone"], "members"],
  [["constraints", "nodeSelector"], "node_selector"],
  [["constraints", "maxSkew", "zone"], "max_skew"],
  [["onMove"], "on_move"],
  [["spec", "rebalance"], "rebalance"],
  [["name"], "name"],
  [["unheard"], undefined],
])("the controller's path %j is %s", (path, expected) => {
  const found = translatePath(path, { "web-1": member, "web-0": member });
  expect(found && formatPath(found)).toBe(expected);
});

test.each([
  [50, ["n1: is full", "n2: is full", "and 3 more nodes"]],
  [51, ["n1: is full", "and 4 more nodes"]],
])("of %d members each tells so many other nodes", (members, expected) => {
  const names = Array.from({ length: members }, (_, i) => `m${i}`);
  const candidate = (node: string, reason: string) => ({
    node,
    missingBytes: 0,
    estimatedSeconds: null,
    reason,
  });
  const explanations = names.map((name) => ({
    member: name,
    chosen: candidate("n0", "has it all"),
    rejected: ["n1", "n2"].map((node) => ({ ...candidate(node, "is full"), filter: "memory" })),
    furtherNodes: 3,
  }));
  const placements = names.map((name) => placement(name, "n0"));
  expect(fromPlacements({ placements, explanations })["m7"]?.alternatives).toEqual(expected);
});
