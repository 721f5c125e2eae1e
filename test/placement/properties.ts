/** What placement promises, as properties of any planner, so that planners that break them can be shown to be caught. */
import { isDvceError, type Placement } from "@dvce/api";
import fc from "fast-check";
import type { placeCluster } from "../../service/src/placement/place-cluster";
import { verifyPlacements } from "../../service/src/placement/verify";
import { driftOf, poolOf, sceneArbitrary, small, specOf } from "./pools";
import { assignmentOf, brokenRules, costOf, leastCost } from "./rules";

export type Planner = typeof placeCluster;

export interface Runs {
  readonly seed: number;
  readonly count: number;
}

/** Throws, with the seed and the smallest counterexample, when the planner breaks it. */
export type Property = (planner: Planner, runs: Runs) => void;

/** Placements, or undefined for a refusal, which must tell of every node. */
function place(
  planner: Planner,
  ...[pool, spec, committed]: Parameters<Planner>
): readonly Placement[] | undefined {
  try {
    return planner(pool, spec, committed).placements;
  } catch (error) {
    if (!isDvceError(error, "DVCE_PLACEMENT_INFEASIBLE")) throw error;
    expect(error.details).toHaveLength(Math.max(1, pool.nodes.length));
    return undefined;
  }
}

const parameters = ({ seed, count }: Runs) => ({ seed, numRuns: count });

/** How much the costs of all runs may lie above the least together. */
const gapMax = 0.002;

/** Share of the runs that must have had a placement, so that a property says something. */
const placedShareMin = 0.25;

const keepsEveryRule: Property = (planner, runs) => {
  let placed = 0;
  fc.assert(
    fc.property(sceneArbitrary, ([pool, spec]) => {
      const placements = place(planner, pool, spec);
      if (placements === undefined) return;
      placed++;
      expect(brokenRules(pool, spec, assignmentOf(placements))).toEqual([]);
      expect(verifyPlacements(pool, spec, placements)).toEqual([]);
    }),
    parameters(runs),
  );
  expect(placed).toBeGreaterThan(runs.count * placedShareMin);
};

const refusesOnlyTheImpossible: Property = (planner, runs) =>
  fc.assert(
    fc.property(poolOf(small), specOf(small), (pool, spec) => {
      const least = leastCost(pool, spec);
      expect(place(planner, pool, spec) === undefined).toBe(least === undefined);
    }),
    parameters(runs),
  );

const comesNearTheLeastCost: Property = (planner, runs) => {
  let [cost, least] = [0, 0];
  fc.assert(
    fc.property(poolOf(small), specOf(small), (pool, spec) => {
      const placements = place(planner, pool, spec);
      const best = placements === undefined ? undefined : leastCost(pool, spec);
      if (placements === undefined || best === undefined) return;
      const ours = costOf(pool, spec, assignmentOf(placements));
      expect(ours).toBeGreaterThanOrEqual(best - 1);
      cost += ours;
      least += best;
    }),
    parameters(runs),
  );
  expect(cost).toBeLessThanOrEqual(least * (1 + gapMax));
};

const dependsOnNothingElse: Property = (planner, runs) =>
  fc.assert(
    fc.property(sceneArbitrary, fc.nat(), fc.nat(), ([pool, spec], turnNodes, turnMembers) => {
      const shuffledPool = { ...pool, nodes: turned(pool.nodes, turnNodes) };
      const shuffledSpec = { ...spec, members: turned(spec.members, turnMembers) };
      const [first, again, shuffled] = [
        place(planner, pool, spec),
        place(planner, pool, spec),
        place(planner, shuffledPool, shuffledSpec),
      ];
      expect(again).toEqual(first);
      expect(shuffled).toEqual(first);
    }),
    parameters(runs),
  );

/** Another order, that `turn` determines. */
function turned<T>(items: readonly T[], turn: number): T[] {
  const start = turn % Math.max(1, items.length);
  return [...items.slice(start), ...items.slice(0, start)].reverse();
}

/** Whatever becomes of the pool, but for nodes that members have to leave. */
const movesNothingUnasked: Property = (planner, runs) =>
  fc.assert(
    fc.property(poolOf(small), specOf(small), driftOf(small), (pool, spec, drift) => {
      const placements = place(planner, pool, spec);
      if (placements === undefined) return;
      expect(place(planner, pool, spec, { spec, placements })).toEqual(placements);
      const later = drift(pool);
      const nodes = later.nodes.map((node) =>
        node.state === "draining" || node.state === "fenced" ? { ...node, state: "cordoned" as const } : node,
      );
      const stayed = place(planner, { ...later, nodes }, spec, { spec, placements });
      expect(stayed?.map((placement) => ({ ...placement, warning: null }))).toEqual(placements);
    }),
    parameters(runs),
  );

/** Members leave nodes that are draining, fenced or gone, and only those; those that move keep every rule. */
const movesWhatMustMove: Property = (planner, runs) =>
  fc.assert(
    fc.property(
      poolOf(small),
      specOf(small),
      driftOf(small),
      fc.boolean(),
      (pool, spec, drift, oneLeaves) => {
        const placements = place(planner, pool, spec);
        if (placements === undefined) return;
        const drifted = drift(pool);
        const later = { ...drifted, nodes: oneLeaves ? drifted.nodes.slice(1) : drifted.nodes };
        const after = place(planner, later, spec, { spec, placements });
        if (after === undefined) return;
        const states = new Map(later.nodes.map((node) => [node.name, node.state]));
        const before = assignmentOf(placements);
        const kept = new Set<string>();
        for (const { member, node, moved } of after) {
          const old = before.get(member) ?? "";
          const state = states.get(old);
          const leaves = state === undefined || state === "draining" || state === "fenced";
          expect(node === old).toBe(!leaves);
          expect(moved).toBe(leaves ? old : null);
          if (!leaves) kept.add(member);
        }
        expect(brokenRules(later, spec, assignmentOf(after), kept)).toEqual([]);
      },
    ),
    parameters(runs),
  );

/** A cluster that is placed afresh never costs more than one that stays, where that is possible. */
const balancesOnlyForGain: Property = (planner, runs) =>
  fc.assert(
    fc.property(poolOf(small), specOf(small), driftOf(small), (pool, spec, drift) => {
      const placements = place(planner, pool, spec);
      if (placements === undefined) return;
      const nodes = drift(pool).nodes.map((node) => ({ ...node, state: "ready" as const }));
      const later = { ...pool, nodes };
      const afresh = place(planner, later, { ...spec, rebalance: "now" }, { spec, placements });
      const stayed = assignmentOf(placements);
      if (brokenRules(later, spec, stayed).length > 0) return;
      expect(afresh).toBeDefined();
      const moved = (afresh ?? []).filter((placement) => placement.moved !== null);
      const cost = costOf(later, spec, assignmentOf(afresh ?? []));
      expect(brokenRules(later, spec, assignmentOf(afresh ?? []))).toEqual([]);
      if (moved.length > 0) expect(cost).toBeLessThan(costOf(later, spec, stayed) - moved.length);
      else expect(assignmentOf(afresh ?? [])).toEqual(stayed);
    }),
    parameters(runs),
  );

export const properties = {
  keepsEveryRule,
  refusesOnlyTheImpossible,
  comesNearTheLeastCost,
  dependsOnNothingElse,
  movesNothingUnasked,
  movesWhatMustMove,
  balancesOnlyForGain,
} as const satisfies Record<string, Property>;
