/** Why a cluster fits nowhere: every node with the filter that failed, and numbers. */
import { DvceError, type ErrorDetail } from "@dvce/api";
import { placementFilters } from "../filter";
import type { Board } from "../solve/board";

/**
 * `DVCE_PLACEMENT_INFEASIBLE` for `member`, with one detail a node.
 *
 * @param board with every other member placed that could be
 * @param why `gaveUp`: the search was stopped before it had tried everything; `leaves`: the node that the member leaves
 *   and why, where it leaves one
 */
export function refusal(
  cluster: string,
  board: Board,
  member: number,
  why: { readonly gaveUp: boolean; readonly leaves: string | undefined },
): DvceError {
  const { name, vcpus, memoryMiB, diskBytes } = board.member(member);
  const path = ["members", name];
  const details: ErrorDetail[] = [];
  for (let node = 0; node < board.nodeCount; node++) {
    const rejection = board.rejection(placementFilters, member, node);
    const reason =
      rejection === undefined
        ? "fits this member alone, but then leaves no room for the others"
        : `${rejection.reason} (${rejection.filter})`;
    details.push({ path, message: `${board.node(node).name} ${reason}` });
  }
  if (details.length === 0)
    details.push({ path, message: "the pool has no nodes: start an agent on a host" });
  const needs = `${vcpus} vCPU, ${memoryMiB} MiB memory, ${(diskBytes / 1024 ** 3).toFixed(1)} GiB disk`;
  const tried = why.gaveUp
    ? "no placement was found in the time that a plan may take"
    : "there is no placement that fits";
  const leaving = why.leaves === undefined ? "" : `has to leave ${why.leaves}, and `;
  return new DvceError(
    "DVCE_PLACEMENT_INFEASIBLE",
    `Cluster ${cluster} fits nowhere: ${tried}. Member ${name} (${needs}) ${leaving}finds no node beside the others; ` +
      "node by node, why, is in the details. Make members smaller, loosen the constraints, or add or uncordon nodes.",
    { details },
  );
}
