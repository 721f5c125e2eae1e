/** Whether placements that were planned earlier still hold. Pure. */
import type { ClusterSpec, ErrorDetail } from "@dvce/api";
import { sameValue } from "./canonical";
import { committedOf, departureFrom } from "./committed";
import { fitFilters, placementFilters, sizeFilters } from "./filter";
import type { CommittedCluster, PoolSnapshot } from "./snapshot";
import { Board } from "./solve/board";

/** A member and the node that it was planned on. */
export interface PlannedMember {
  readonly member: string;
  readonly node: string;
}

/**
 * What no longer holds, one detail a member; empty when every member can be placed exactly so.
 *
 * Members that are on their node already are asked less, as in planning: a cordon does not touch them.
 */
export function verifyPlacements(
  pool: PoolSnapshot,
  spec: ClusterSpec,
  planned: readonly PlannedMember[],
  committed?: CommittedCluster,
): ErrorDetail[] {
  const board = new Board(pool, spec.members, spec.constraints);
  const nodeOfMember = new Map(planned.map(({ member, node }) => [member, node]));
  const old = committedOf(pool, spec.members, committed);
  const sameConstraints = sameValue(committed?.spec.constraints, spec.constraints);
  const details: ErrorDetail[] = [];
  const waiting: { member: number; node: number; stays: boolean }[] = [];
  spec.members.forEach((spec, member) => {
    const name = nodeOfMember.get(spec.name);
    const node = pool.nodes.findIndex((candidate) => candidate.name === name);
    const before = old.get(member);
    const stays = name !== undefined && before?.placement.node === name;
    const departure = stays || node === -1 ? departureFrom(board, node) : undefined;
    if (departure !== undefined) details.push(detail(spec.name, `node ${name ?? "?"} ${departure}`));
    else if (stays && sameConstraints && sameValue(before?.member, spec)) board.keep(member, node);
    else waiting.push({ member, node, stays });
  });
  waiting.sort((a, b) => Number(b.stays) - Number(a.stays));
  for (const { member, node, stays } of waiting) {
    const grown = stays && sameConstraints;
    const filters = grown ? sizeFilters : stays ? fitFilters : placementFilters;
    const rejection = board.rejection(filters, member, node);
    if (rejection !== undefined)
      details.push(detail(board.member(member).name, `node ${board.node(node).name} ${rejection.reason}`));
    else if (grown) board.keep(member, node);
    else board.place(member, node);
  }
  return details;
}

const detail = (member: string, message: string): ErrorDetail => ({
  path: ["members", member],
  message: `member ${member}: ${message}`,
});
