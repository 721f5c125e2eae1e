/**
 * Complete search for any feasible assignment, for the pools that greedy packs badly. Depth first, hardest member
 * first, cheapest node first; of members that ask for the same only one order is tried.
 */
import { dominantShare } from "../score/cost";
import type { Board } from "./board";

/** Nodes looked at before giving up, about half a second of work. Small pools are always searched to the end. */
export const searchStepsMax = 3_000_000;

export type SearchResult = "found" | "infeasible" | "gave-up";

/** Places every member of `free` on `board`; the board is left as it was unless the answer is "found". */
export function searchFeasible(
  board: Board,
  free: readonly number[],
  stepsMax: number = searchStepsMax,
): SearchResult {
  const nodes = [...Array(board.nodeCount).keys()];
  const sizes = board.kinds.map(({ demand: { vcpus, memoryMiB, diskBytes } }) =>
    [vcpus, memoryMiB, diskBytes].join(" "),
  );
  // Kinds of one size have the same candidates.
  const candidates = new Map<string, readonly number[]>();
  const hardness = new Map<string, number>();
  const sizeOf = (member: number): string => sizes[board.kindOf(member)] ?? "";
  for (const member of free) {
    const size = sizeOf(member);
    if (candidates.has(size)) continue;
    const kind = board.kindOf(member);
    const { demand } = board.kind(kind);
    candidates.set(
      size,
      nodes.filter((node) => board.takes(kind, node)),
    );
    hardness.set(
      size,
      nodes.reduce((most, node) => Math.max(most, dominantShare(demand, board.node(node).capacity)), 0),
    );
  }
  const order = [...free].sort((a, b) => {
    const [sizeA, sizeB] = [sizeOf(a), sizeOf(b)];
    return (
      (candidates.get(sizeA)?.length ?? 0) - (candidates.get(sizeB)?.length ?? 0) ||
      (hardness.get(sizeB) ?? 0) - (hardness.get(sizeA) ?? 0) ||
      (sizeA < sizeB ? -1 : sizeA > sizeB ? 1 : a - b)
    );
  });
  if (!roomForAll(board, order, candidates, sizeOf)) return "infeasible";
  let steps = 0;

  /** @param from the first node that the member may take */
  const visit = (depth: number, from: number): SearchResult => {
    const member = order[depth];
    if (member === undefined) return "found";
    const kind = board.kindOf(member);
    const size = sizeOf(member);
    const open: { node: number; price: number }[] = [];
    for (const node of candidates.get(size) ?? []) {
      steps++;
      if (node >= from && board.allows(kind, node)) open.push({ node, price: board.price(kind, node) });
    }
    if (steps > stepsMax) return "gave-up";
    open.sort((a, b) => a.price - b.price || a.node - b.node);
    const next = order[depth + 1];
    // Members of one size follow each other and take nodes in ascending order, which loses nothing but permutations.
    const alike = next !== undefined && sizeOf(next) === size;
    for (const { node } of open) {
      board.place(member, node);
      const result = visit(depth + 1, alike ? node : 0);
      if (result === "found") return result;
      board.remove(member);
      if (result === "gave-up") return result;
    }
    return "infeasible";
  };
  return visit(0, 0);
}

/** False when the members of some size alone are more than fit: what needs no search to be known. */
function roomForAll(
  board: Board,
  order: readonly number[],
  candidates: ReadonlyMap<string, readonly number[]>,
  sizeOf: (member: number) => string,
): boolean {
  const counts = new Map<string, number>();
  for (const member of order) counts.set(sizeOf(member), (counts.get(sizeOf(member)) ?? 0) + 1);
  for (const [size, count] of counts) {
    const member = order.find((one) => sizeOf(one) === size) ?? -1;
    let room = 0;
    for (const node of candidates.get(size) ?? [])
      room += Math.min(count, board.roomFor(board.kindOf(member), node));
    if (room < count) return false;
  }
  return true;
}
