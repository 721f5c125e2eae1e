/**
 * Branch and bound for small pools: the cheapest assignment of all, where local search may stop beside it. Every price is
 * at least 0, so a partial assignment that costs as much as a whole one already leads nowhere.
 */
import { costEpsilon } from "../score/cost";
import type { Board } from "./board";

/** Nodes looked at before stopping, some hundredths of a second. What was found by then is kept. */
const stepsMax = 100_000;
/** Beyond these there is no hope of getting through, and local search has more to choose from. */
const nodesMax = 64;
const membersMax = 12;

/**
 * The nodes of an assignment of `free` that costs less than `cost`, in their order; undefined when there is none, or none
 * was found in time. The members of `free` have to be off the board, and are in the end.
 */
export function searchCheaper(board: Board, free: readonly number[], cost: number): number[] | undefined {
  if (board.nodeCount > nodesMax || free.length > membersMax) return undefined;
  // Alike members follow each other, so that only one order of them is tried.
  const order = [...free].sort((a, b) => board.kindOf(a) - board.kindOf(b) || a - b);
  let least = cost;
  let best: Map<number, number> | undefined;
  let steps = 0;

  /** @param from the first node that the member may take */
  const visit = (depth: number, from: number): void => {
    const member = order[depth];
    if (member === undefined) {
      least = board.cost;
      best = new Map(order.map((one) => [one, board.nodeOf(one)]));
      return;
    }
    const kind = board.kindOf(member);
    const open: { node: number; price: number }[] = [];
    for (let node = from; node < board.nodeCount; node++) {
      steps++;
      const price = board.price(kind, node);
      if (board.cost + price < least - costEpsilon && board.allows(kind, node)) open.push({ node, price });
    }
    open.sort((a, b) => a.price - b.price || a.node - b.node);
    const next = order[depth + 1];
    const alike = next !== undefined && board.kindOf(next) === kind;
    for (const { node, price } of open) {
      // A cheaper one may have been found since.
      if (steps > stepsMax || board.cost + price >= least - costEpsilon) return;
      board.place(member, node);
      visit(depth + 1, alike ? node : 0);
      board.remove(member);
    }
  };
  visit(0, 0);
  return best && free.map((member) => best?.get(member) ?? -1);
}
