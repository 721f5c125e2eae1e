/**
 * Placement of one cluster: sticky members first, then greedy with regret, a complete search where that gets
 * stuck, local search, and words for each decision. Pure and deterministic: the order of the nodes in the
 * snapshot and of the members in the specification changes nothing.
 */
import type { ClusterSpec, MemberSpec, Placement } from "@dvce/api";
import { reasonToPlace, reasonToStay } from "./explain/reason";
import { refusal } from "./explain/refusal";
import { sameValue } from "./canonical";
import { fitFilters } from "./filter";
import {
  compareNames,
  domainNameOf,
  missingBytesOf,
  type CommittedCluster,
  type PoolSnapshot,
} from "./snapshot";
import { Board } from "./solve/board";
import { placeGreedily } from "./solve/greedy";
import { improve } from "./solve/improve";
import { searchFeasible } from "./solve/search";

/**
 * One placement a member, by member name.
 *
 * A committed member stays while its node is not fenced and its specification and the constraints are unchanged,
 * or still fit there. An unchanged one keeps its committed placement to the letter.
 *
 * @throws DvceError `DVCE_PLACEMENT_INFEASIBLE`, with every node and why it was refused
 */
export function placeCluster(
  pool: PoolSnapshot,
  spec: ClusterSpec,
  committed?: CommittedCluster,
): Placement[] {
  const nodes = [...pool.nodes].sort((a, b) => compareNames(a.name, b.name));
  const members = [...spec.members].sort((a, b) => compareNames(a.name, b.name));
  const board = new Board({ ...pool, nodes }, members, spec.constraints);
  const kept = keepCommitted(board, spec, committed);
  const free = [...members.keys()].filter((member) => !kept.has(member));
  solve(spec.name, board, free);
  return members.map((member, index) => {
    const before = kept.get(index);
    if (before?.member.version === member.version) return before.placement;
    const reason = before === undefined ? reasonToPlace(board, index) : reasonToStay(board, index);
    return placementOf(spec.name, board, index, reason);
  });
}

interface Kept {
  readonly member: MemberSpec;
  readonly placement: Placement;
}

/** Places the members that stay where they are; answers what is committed of each. */
function keepCommitted(
  board: Board,
  spec: ClusterSpec,
  committed: CommittedCluster | undefined,
): Map<number, Kept> {
  const kept = new Map<number, Kept>();
  if (committed === undefined) return kept;
  const oldMembers = new Map(committed.spec.members.map((member) => [member.name, member]));
  const oldPlacements = new Map(committed.placements.map((placement) => [placement.member, placement]));
  const nodeNumbers = new Map(
    [...Array(board.nodeCount).keys()].map((node) => [board.node(node).name, node]),
  );
  const sameConstraints = sameValue(spec.constraints, committed.spec.constraints);
  const changed: { index: number; node: number; old: Kept }[] = [];
  board.members.forEach((member, index) => {
    const oldMember = oldMembers.get(member.name);
    const placement = oldPlacements.get(member.name);
    const node = placement === undefined ? undefined : nodeNumbers.get(placement.node);
    if (oldMember === undefined || placement === undefined || node === undefined) return;
    if (board.node(node).state === "fenced") return;
    const old = { member: oldMember, placement };
    if (sameConstraints && sameValue(oldMember, member)) {
      board.place(index, node);
      kept.set(index, old);
    } else changed.push({ index, node, old });
  });
  // After all that certainly stay, so that a grown member cannot take the place of an unchanged one.
  for (const { index, node, old } of changed) {
    if (board.rejection(fitFilters, index, node) !== undefined) continue;
    board.place(index, node);
    kept.set(index, old);
  }
  return kept;
}

function solve(cluster: string, board: Board, free: readonly number[]): void {
  const stuck = placeGreedily(board, free);
  if (stuck !== undefined) {
    const greedy = free.map((member) => board.nodeOf(member));
    for (const member of free) if (board.nodeOf(member) !== -1) board.remove(member);
    const result = searchFeasible(board, free);
    if (result !== "found") {
      free.forEach((member, position) => {
        const node = greedy[position] ?? -1;
        if (node !== -1) board.place(member, node);
      });
      throw refusal(cluster, board, stuck, result === "gave-up");
    }
  }
  improve(board, free);
}

function placementOf(cluster: string, board: Board, index: number, reason: string): Placement {
  const member = board.member(index);
  const node = board.node(board.nodeOf(index));
  const missingBytes = missingBytesOf(board.pool, node, member.version);
  return {
    member: member.name,
    domain: domainNameOf(cluster, member.name),
    node: node.name,
    domainType: node.domainType,
    missingBytes,
    estimatedSeconds: secondsToFetch(missingBytes, node.linkBytesPerSecond),
    reason,
    moved: null,
    warning: null,
  };
}

/** Rounded to milliseconds; null when the rate is unknown and there is something to fetch. */
function secondsToFetch(bytes: number, bytesPerSecond: number | null): number | null {
  if (bytes === 0) return 0;
  return bytesPerSecond === null ? null : Math.round((bytes / bytesPerSecond) * 1000) / 1000;
}
