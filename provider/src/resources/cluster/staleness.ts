/**
 * Whether a state is still what the pool has. Terraform plans from the state that it read, and asks again, from that same
 * state, when it applies the plan: what changed in between is found here, before the pool is asked for placements that
 * can no longer be those of the plan. Pure.
 */
import type { ErrorDetail } from "@dvce/api";
import { sameValue } from "../../codec/same-value";
import { toSpec, type ClusterState } from "./model";

/** What the pool has otherwise, in words; `now` is null when the cluster is gone. */
export function changesSince(state: ClusterState, now: ClusterState | null): readonly ErrorDetail[] {
  if (now === null) return [{ message: `cluster ${state.name} was deleted` }];
  const changes = memberNames(state.members, now.members).flatMap((member): ErrorDetail[] => {
    const path = ["members", member];
    const [before, after] = [state.members[member], now.members[member]];
    if (before === undefined) return [{ path, message: `member ${member} was added` }];
    if (after === undefined) return [{ path, message: `member ${member} was removed` }];
    if (!sameValue(before, after)) return [{ path, message: `member ${member} was changed` }];
    return placementChange(member, state, now);
  });
  if (changes.length > 0 || sameValue(toSpec(state), toSpec(now))) return changes;
  return [{ message: `the settings of cluster ${state.name} were changed` }];
}

function placementChange(member: string, state: ClusterState, now: ClusterState): ErrorDetail[] {
  const [before, after] = [state.placements?.[member]?.node, now.placements?.[member]?.node];
  if (before === after) return [];
  const path = ["placements", member];
  if (after === undefined) return [{ path, message: `member ${member} lost its node ${before ?? ""}` }];
  return [{ path, message: `member ${member} was on ${before ?? "no node"} and is on ${after}` }];
}

const memberNames = (one: object, other: object): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].sort();
