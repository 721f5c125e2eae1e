/**
 * What a plan was made from, as far as it binds the plan: the cluster's specification, what is committed of the cluster, and
 * which of the committed nodes are left. Pure. Everything else of the pool may change without making it another plan.
 */
import type { ClusterSpec, ErrorDetail, NodeState } from "@dvce/api";
import { createHash } from "node:crypto";
import { canonicalJson } from "../placement/canonical";
import { compareNames, type CommittedCluster } from "../placement/snapshot";
import type { PlanBasis } from "../state/plans-table";

/** The order of members says nothing. */
export const canonicalSpec = (spec: ClusterSpec): ClusterSpec => ({
  ...spec,
  members: [...spec.members].sort((a, b) => compareNames(a.name, b.name)),
});

const sha256 = (value: unknown): string => createHash("sha256").update(canonicalJson(value)).digest("hex");

export const specDigestOf = (spec: ClusterSpec): string => sha256(canonicalSpec(spec));

/** @param stateOf state of a node; undefined when it is no longer in the pool */
export function basisOf(
  committed: (CommittedCluster & { readonly updatedAt: string }) | undefined,
  stateOf: (node: string) => NodeState | undefined,
): PlanBasis {
  if (committed === undefined) return { committed: null, left: {} };
  const placements = Object.fromEntries(committed.placements.map(({ member, node }) => [member, node]));
  const left: PlanBasis["left"] = {};
  for (const node of new Set(Object.values(placements))) {
    const state = stateOf(node);
    if (state === undefined) left[node] = "removed";
    else if (state === "draining" || state === "fenced") left[node] = state;
  }
  const { spec, updatedAt } = committed;
  return { committed: { specDigest: specDigestOf(spec), placements, updatedAt }, left };
}

/** Names the plan: the same specification planned from the same basis has the same. */
export function planIdOf(spec: ClusterSpec, { committed, left }: PlanBasis): string {
  const state = committed && { specDigest: committed.specDigest, placements: committed.placements };
  return sha256([spec.name, specDigestOf(spec), state, left]);
}

/** What is no longer as it was when a plan was made. */
export function changesSince(cluster: string, then: PlanBasis, now: PlanBasis): ErrorDetail[] {
  return [...committedChanges(cluster, then.committed, now.committed), ...leftChanges(then, now)];
}

function committedChanges(
  cluster: string,
  then: PlanBasis["committed"],
  now: PlanBasis["committed"],
): ErrorDetail[] {
  if (then === null && now === null) return [];
  if (now === null) return [{ message: `cluster ${cluster} was deleted` }];
  if (then === null) return [{ message: `cluster ${cluster} was created at ${now.updatedAt}` }];
  const details: ErrorDetail[] = [];
  if (then.specDigest !== now.specDigest)
    details.push({ message: `cluster ${cluster} was changed at ${now.updatedAt}` });
  const members = new Set([...Object.keys(then.placements), ...Object.keys(now.placements)]);
  for (const member of [...members].sort(compareNames)) {
    const [before, after] = [then.placements[member], now.placements[member]];
    if (before === after) continue;
    const was = before === undefined ? "was not placed" : `was on ${before}`;
    const is = after === undefined ? "is no longer placed" : `is on ${after}`;
    details.push({ path: ["members", member], message: `member ${member} ${was} and ${is}` });
  }
  return details;
}

const leftWords = {
  draining: ["is being drained", "is no longer drained"],
  fenced: ["was fenced", "is no longer fenced"],
  removed: ["was removed from the pool", "is in the pool again"],
} as const;

function leftChanges(then: PlanBasis, now: PlanBasis): ErrorDetail[] {
  // A node that has no members any more is told with the members.
  const nodes = new Set(Object.values(now.committed?.placements ?? {}));
  return [...nodes].sort(compareNames).flatMap((node) => {
    const [before, after] = [then.left[node], now.left[node]];
    if (before === after) return [];
    if (after !== undefined) return { message: `node ${node} ${leftWords[after][0]}` };
    return before === undefined ? [] : { message: `node ${node} ${leftWords[before][1]}` };
  });
}
