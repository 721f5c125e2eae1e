/** Planners that break one promise each, on purpose: the property that is to notice does. */
import { DvceError, type ClusterSpec } from "@dvce/api";
import { placeCluster } from "../../service/src/placement/place-cluster";
import type { NodeSnapshot, PoolSnapshot } from "../../service/src/placement/snapshot";
import { announceSeed } from "../support/random";
import { properties, type Planner } from "./properties";

const seed = announceSeed("placement, broken");
const count = 2000;

const withNodes =
  (change: (node: NodeSnapshot) => Partial<NodeSnapshot>): Planner =>
  (pool, spec, committed) =>
    placeCluster(
      { ...pool, nodes: pool.nodes.map((node) => ({ ...node, ...change(node) })) },
      spec,
      committed,
    );

const withConstraints =
  (change: Partial<ClusterSpec["constraints"]>): Planner =>
  (pool, spec, committed) =>
    placeCluster(pool, { ...spec, constraints: { ...spec.constraints, ...change } }, committed);

/** Gives nodes other names, so that other ones come first. */
function renamed(pool: PoolSnapshot, nameOf: (name: string, position: number) => string): PoolSnapshot {
  return {
    ...pool,
    nodes: pool.nodes.map((node, position) => ({ ...node, name: nameOf(node.name, position) })),
  };
}

/** Goes by the order of the nodes as they are given, not by their names. */
const inOrderGiven: Planner = (pool, spec, committed) => {
  const alias = (_name: string, position: number) => `x${String(position).padStart(2, "0")}`;
  const names = new Map(pool.nodes.map(({ name }, position) => [alias(name, position), name]));
  const { placements, explanations } = placeCluster(renamed(pool, alias), spec, committed);
  return {
    placements: placements.map((placement) => ({ ...placement, node: names.get(placement.node) ?? "" })),
    explanations,
  };
};

let calls = 0;
/** Decides otherwise every other time. */
const fickle: Planner = (pool, spec, committed) =>
  calls++ % 2 === 0
    ? placeCluster(pool, spec, committed)
    : inOrderGiven({ ...pool, nodes: [...pool.nodes].reverse() }, spec, committed);

/** Gives up where the first members take the room of the last. */
const hasty: Planner = (pool, spec, committed) => {
  if (spec.members.length > 3)
    throw new DvceError("DVCE_PLACEMENT_INFEASIBLE", "too many", {
      details: pool.nodes.map(({ name }) => ({ message: name })),
    });
  return placeCluster(pool, spec, committed);
};

const more = (node: NodeSnapshot, resource: "vcpus" | "memoryMiB" | "diskBytes") => ({
  capacity: { ...node.capacity, [resource]: node.capacity[resource] * 4 },
});

const planners: readonly [string, Planner, keyof typeof properties][] = [
  ["goes to nodes that are not ready", withNodes(() => ({ state: "ready" })), "keepsEveryRule"],
  ["ignores vCPU", withNodes((node) => more(node, "vcpus")), "keepsEveryRule"],
  ["ignores memory", withNodes((node) => more(node, "memoryMiB")), "keepsEveryRule"],
  ["ignores disk", withNodes((node) => more(node, "diskBytes")), "keepsEveryRule"],
  ["ignores images on disk", withNodes(() => ({ cacheBytes: 0 })), "keepsEveryRule"],
  [
    "ignores other clusters",
    withNodes(() => ({ allocated: { vcpus: 0, memoryMiB: 0, diskBytes: 0 } })),
    "keepsEveryRule",
  ],
  [
    "ignores the thin factor",
    (pool, spec, committed) => placeCluster({ ...pool, thinFactor: 0.2 }, spec, committed),
    "keepsEveryRule",
  ],
  ["ignores the node selector", withConstraints({ nodeSelector: {} }), "keepsEveryRule"],
  ["ignores the architecture", withConstraints({ architecture: null }), "keepsEveryRule"],
  ["ignores anti-affinity", withConstraints({ antiAffinity: false }), "keepsEveryRule"],
  ["ignores the maximum skew", withConstraints({ maxSkew: {} }), "keepsEveryRule"],
  ["gives up", hasty, "refusesOnlyTheImpossible"],
  [
    "counts full volumes of thin ones",
    (pool, ...rest) => placeCluster({ ...pool, thinFactor: 1 }, ...rest),
    "refusesOnlyTheImpossible",
  ],
  ["ignores missing bytes", withNodes(() => ({ missingBytes: new Map() })), "comesNearTheLeastCost"],
  ["ignores history", withNodes(() => ({ history: { bootFailures: 0, flaps: 0 } })), "comesNearTheLeastCost"],
  ["goes by the order of nodes", inOrderGiven, "dependsOnNothingElse"],
  ["decides otherwise the second time", fickle, "dependsOnNothingElse"],
  ["forgets what is committed", (pool, spec) => placeCluster(pool, spec), "movesNothingUnasked"],
  [
    "always places afresh",
    (pool, spec, committed) => placeCluster(pool, { ...spec, rebalance: "always" }, committed),
    "movesNothingUnasked",
  ],
  [
    "moves off cordoned nodes",
    withNodes(({ state }) => (state === "cordoned" ? { state: "draining" } : {})),
    "movesNothingUnasked",
  ],
  [
    "stays on draining nodes",
    withNodes(({ state }) => (state === "draining" ? { state: "cordoned" } : {})),
    "movesWhatMustMove",
  ],
  [
    "stays on fenced nodes",
    withNodes(({ state }) => (state === "fenced" ? { state: "unreachable" } : {})),
    "movesWhatMustMove",
  ],
  [
    "moves without gain",
    (pool, spec, committed) =>
      placeCluster(
        pool,
        spec,
        committed && spec.rebalance !== null
          ? { ...committed, placements: committed.placements.map((one) => ({ ...one, node: "gone" })) }
          : committed,
      ),
    "balancesOnlyForGain",
  ],
];

test.each(planners)("a planner that %s is caught", (_what, planner, property) => {
  expect(() => properties[property](planner, { seed, count })).toThrow();
});
