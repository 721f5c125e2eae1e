/**
 * Places the free members of a cluster beside those that are kept: greedily in two ways, by complete search where both
 * get stuck, and each improved by local search; in small pools by branch and bound besides. The cheapest wins.
 */
import type { Board } from "./board";
import { searchCheaper } from "./branch";
import { placeGreedily, type GreedyOptions } from "./greedy";
import { improve, pricesMax } from "./improve";
import { searchFeasible } from "./search";

export type Solution =
  | { readonly solved: true }
  /** `member` finds no node beside the others that are placed on the board. */
  | { readonly solved: false; readonly member: number; readonly gaveUp: boolean };

/**
 * Places every member of `free` on `board`, or answers which found no node.
 *
 * @param start an assignment to begin with besides, -1 for a member whose node is open
 */
export function solve(board: Board, free: readonly number[], start?: readonly number[]): Solution {
  const found: { cost: number; nodes: readonly number[] }[] = [];
  let budget = pricesMax;
  const finish = (): void => {
    budget -= improve(board, free, Math.min(budget, pricesMax / 2));
    found.push({ cost: board.cost, nodes: takeOff(board, free) });
  };
  if (start !== undefined && resume(board, free, start)) finish();
  let stuck: { member: number; nodes: readonly number[] } | undefined;
  const kept = board.fetchedBytes;
  for (const options of waysOf(board)) {
    const member = placeGreedily(board, free, options);
    // Where nothing is fetched, how fetches are priced makes no difference.
    const fetches = board.fetchedBytes > kept;
    if (member === undefined) finish();
    else stuck = { member, nodes: takeOff(board, free) };
    if (found.length > 0 && (!fetches || options.last)) break;
  }
  if (found.length === 0 && stuck !== undefined) {
    const result = searchFeasible(board, free);
    if (result !== "found") {
      putBack(board, free, stuck.nodes);
      return { solved: false, member: stuck.member, gaveUp: result === "gave-up" };
    }
    finish();
  }
  // The earlier of equals, as sorting is stable.
  const [best] = found.sort((a, b) => a.cost - b.cost);
  const nodes = searchCheaper(board, free, best?.cost ?? board.cost) ?? best?.nodes ?? [];
  putBack(board, free, inOrder(board, free, nodes));
  return { solved: true };
}

/** How greedy is tried, the most promising first; the ways after a `last` one only if nothing was found before. */
function waysOf({ constraints }: Board): (GreedyOptions & { readonly last: boolean })[] {
  const skews = Object.keys(constraints.maxSkew).length > 0;
  return (skews ? [true, false] : [false]).flatMap((evenly) => [
    { evenly, shareAhead: true, last: false },
    { evenly, shareAhead: false, last: true },
  ]);
}

/** Places the members whose node is given, and the others greedily; leaves the board empty of them if that gets stuck. */
function resume(board: Board, free: readonly number[], start: readonly number[]): boolean {
  const open: number[] = [];
  free.forEach((member, position) => {
    const node = start[position] ?? -1;
    if (node !== -1 && board.allows(board.kindOf(member), node)) board.place(member, node);
    else open.push(member);
  });
  if (placeGreedily(board, open, { shareAhead: true, evenly: false }) === undefined) return true;
  takeOff(board, free);
  return false;
}

function takeOff(board: Board, free: readonly number[]): number[] {
  return free.map((member) => (board.nodeOf(member) === -1 ? -1 : board.remove(member)));
}

function putBack(board: Board, free: readonly number[], nodes: readonly number[]): void {
  free.forEach((member, position) => {
    const node = nodes[position] ?? -1;
    if (node !== -1) board.place(member, node);
  });
}

/** Members of a kind, in the order given, to the nodes of that kind in their order: what is alike gets no other order. */
function inOrder(board: Board, free: readonly number[], nodes: readonly number[]): number[] {
  const byKind = new Map<number, number[]>();
  free.forEach((member, position) => {
    const kind = board.kindOf(member);
    byKind.set(kind, [...(byKind.get(kind) ?? []), nodes[position] ?? -1]);
  });
  for (const list of byKind.values()) list.sort((a, b) => b - a);
  return free.map((member) => byKind.get(board.kindOf(member))?.pop() ?? -1);
}
