/**
 * Complete search for any feasible assignment, for the pools that greedy packs badly. Depth first, hardest member
 * first, cheapest node first; of members that ask for the same only one order is tried.
 */
import { placementFilters } from "../filter";
import { compareCosts, dominantShare } from "../score/cost";
import { demandOf } from "../filter";
import type { Board } from "./board";

/** Placements tried before giving up, about a second of work. Small pools are always searched to the end. */
export const searchStepsMax = 200_000;

export type SearchResult = "found" | "infeasible" | "gave-up";

/** Places every member of `free` on `board`; the board is left as it was unless the answer is "found". */
export function searchFeasible(
  board: Board,
  free: readonly number[],
  stepsMax: number = searchStepsMax,
): SearchResult {
  const nodes = [...Array(board.nodeCount).keys()];
  const candidates = new Map(
    free.map((member) => [
      member,
      nodes.filter((node) => board.rejection(placementFilters, member, node) === undefined),
    ]),
  );
  const hardness = new Map(
    free.map((member) => [
      member,
      Math.max(
        0,
        ...nodes.map((node) => dominantShare(demandOf(board.member(member)), board.node(node).capacity)),
      ),
    ]),
  );
  const kind = (member: number): string => {
    const { vcpus, memoryMiB, diskBytes } = board.member(member);
    return JSON.stringify([vcpus, memoryMiB, diskBytes]);
  };
  const order = [...free].sort(
    (a, b) =>
      (candidates.get(a)?.length ?? 0) - (candidates.get(b)?.length ?? 0) ||
      (hardness.get(b) ?? 0) - (hardness.get(a) ?? 0) ||
      (kind(a) < kind(b) ? -1 : kind(a) > kind(b) ? 1 : a - b),
  );
  let steps = 0;

  const visit = (depth: number, ranks: ReadonlyMap<string, number>): SearchResult => {
    const member = order[depth];
    if (member === undefined) return "found";
    // Members that ask for the same take nodes in ascending order, which loses no assignment but its permutations.
    const from = ranks.get(kind(member)) ?? 0;
    const open = (candidates.get(member) ?? [])
      .filter((node) => node >= from && board.rejection(placementFilters, member, node) === undefined)
      .map((node) => ({ node, cost: board.marginal(member, node) }))
      .sort((a, b) => compareCosts(a.cost, b.cost) || a.node - b.node);
    for (const { node } of open) {
      if (++steps > stepsMax) return "gave-up";
      board.place(member, node);
      const result = visit(depth + 1, new Map(ranks).set(kind(member), node));
      if (result === "found") return result;
      board.remove(member);
      if (result === "gave-up") return result;
    }
    return "infeasible";
  };
  return visit(0, new Map());
}
