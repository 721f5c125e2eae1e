/**
 * Greedy with regret: of the members not yet placed, the one that would lose most by not getting its best node
 * goes first, to that node. Members with a single node left have infinite regret.
 */
import { placementFilters } from "../filter";
import { compareCosts, dominantShare, type Cost } from "../score/cost";
import { demandOf } from "../filter";
import type { Board } from "./board";

interface Choice {
  readonly member: number;
  readonly node: number;
  readonly best: Cost;
  readonly second: Cost | undefined;
}

/**
 * Places every member of `free` on `board`, or as many as it can.
 *
 * @returns the first member that found no node, or undefined when all are placed
 */
export function placeGreedily(board: Board, free: readonly number[]): number | undefined {
  const nodes = [...Array(board.nodeCount).keys()];
  const price = (member: number, node: number): Cost | undefined =>
    board.rejection(placementFilters, member, node) === undefined ? board.marginal(member, node) : undefined;
  // Placing a member changes the prices on its node alone, so each step renews one column of this table.
  const prices = new Map(free.map((member) => [member, nodes.map((node) => price(member, node))]));
  const waiting = new Set(free);
  let stuck: number | undefined;
  while (waiting.size > 0) {
    let next: Choice | undefined;
    for (const member of waiting) {
      const choice = choose(member, prices.get(member) ?? []);
      if (choice === undefined) {
        stuck ??= member;
        waiting.delete(member);
      } else if (next === undefined || precedes(board, choice, next)) next = choice;
    }
    if (next === undefined) break;
    board.place(next.member, next.node);
    waiting.delete(next.member);
    for (const member of waiting) {
      const row = prices.get(member);
      if (row !== undefined) row[next.node] = price(member, next.node);
    }
  }
  return stuck;
}

/** Best and second best node; the earlier of equals. */
function choose(member: number, row: readonly (Cost | undefined)[]): Choice | undefined {
  let node = -1;
  let best: Cost | undefined;
  let second: Cost | undefined;
  row.forEach((cost, index) => {
    if (cost === undefined) return;
    if (best === undefined || compareCosts(cost, best) < 0) {
      second = best;
      best = cost;
      node = index;
    } else if (second === undefined || compareCosts(cost, second) < 0) second = cost;
  });
  return best === undefined ? undefined : { member, node, best, second };
}

function precedes(board: Board, a: Choice, b: Choice): boolean {
  if (a.second === undefined || b.second === undefined) {
    if ((a.second === undefined) !== (b.second === undefined)) return a.second === undefined;
  } else {
    const byRegret = compareCosts(regret(b, b.second), regret(a, a.second));
    if (byRegret !== 0) return byRegret < 0;
  }
  const size = (choice: Choice) =>
    dominantShare(demandOf(board.member(choice.member)), board.node(choice.node).capacity);
  const difference = size(a) - size(b);
  return difference !== 0 ? difference > 0 : a.member < b.member;
}

const regret = (choice: Choice, second: Cost): Cost => ({
  missingBytes: second.missingBytes - choice.best.missingBytes,
  imbalance: second.imbalance - choice.best.imbalance,
});
