/** Whether placements that were planned earlier still hold. Pure. */
import type { ClusterSpec, ErrorDetail } from "@dvce/api";
import { fitFilters, placementFilters } from "./filter";
import { sameValue } from "./canonical";
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
  const oldMembers = new Map(committed?.spec.members.map((member) => [member.name, member]));
  const oldNodes = new Map(committed?.placements.map(({ member, node }) => [member, node]));
  const sameConstraints = sameValue(committed?.spec.constraints, spec.constraints);
  const details: ErrorDetail[] = [];
  const waiting: { index: number; node: number; stays: boolean }[] = [];
  spec.members.forEach((member, index) => {
    const name = nodeOfMember.get(member.name);
    const node = pool.nodes.findIndex((candidate) => candidate.name === name);
    const stays = name !== undefined && oldNodes.get(member.name) === name;
    if (node === -1) details.push(detail(member.name, `node ${name ?? "?"} is no longer in the pool`));
    else if (board.node(node).state === "fenced")
      details.push(detail(member.name, `node ${name ?? "?"} was fenced`));
    else if (stays && sameConstraints && sameValue(oldMembers.get(member.name), member))
      board.place(index, node);
    else waiting.push({ index, node, stays });
  });
  for (const { index, node, stays } of waiting) {
    const rejection = board.rejection(stays ? fitFilters : placementFilters, index, node);
    if (rejection === undefined) board.place(index, node);
    else details.push(detail(board.member(index).name, `node ${board.node(node).name} ${rejection.reason}`));
  }
  return details;
}

const detail = (member: string, message: string): ErrorDetail => ({
  path: ["members", member],
  message: `member ${member}: ${message}`,
});
