/**
 * Placement of one cluster: members that stay first, then the solver for the others, and words for each decision. Pure
 * and deterministic: the order of the nodes in the snapshot and of the members in the specification changes nothing.
 */
import type { ClusterSpec, MemberExplanation, Placement } from "@dvce/api";
import { sameValue } from "./canonical";
import { committedOf, homesOf, isRebalanced, keepCommitted, type Committed } from "./committed";
import { rejectedNodes, secondsToFetch } from "./explain/explanation";
import { reasonToPlace, reasonToStay, surroundingsOf, type Surroundings } from "./explain/reason";
import { refusal } from "./explain/refusal";
import { stayFilters } from "./filter";
import {
  compareNames,
  domainNameOf,
  type CommittedCluster,
  type PlacementDecision,
  type PoolSnapshot,
} from "./snapshot";
import { Board } from "./solve/board";
import { solve } from "./solve/solve";

/**
 * Decides where each member goes; committed.ts says which of them may move at all. A member that is committed and
 * unchanged keeps its committed placement to the letter, but for what is said of the present (`warning`).
 *
 * @throws DvceError `DVCE_PLACEMENT_INFEASIBLE`, with every node and why it was refused
 */
export function placeCluster(
  pool: PoolSnapshot,
  spec: ClusterSpec,
  committed?: CommittedCluster,
): PlacementDecision {
  const nodes = [...pool.nodes].sort((a, b) => compareNames(a.name, b.name));
  const members = [...spec.members].sort((a, b) => compareNames(a.name, b.name));
  const sorted = { ...pool, nodes };
  const before = committedOf(sorted, members, committed);
  const homes = isRebalanced(spec, committed) ? homesOf(sorted, before) : new Map<number, number>();
  const board = new Board(sorted, members, spec.constraints, homes);
  const sameConstraints = sameValue(spec.constraints, committed?.spec.constraints);
  const departures = keepCommitted(board, before, sameConstraints, homes);
  const free = [...members.keys()].filter((member) => board.nodeOf(member) === -1);
  const start = homes.size === 0 ? undefined : free.map((member) => homes.get(member) ?? -1);
  const solution = solve(board, free, start);
  if (!solution.solved) {
    const { member, gaveUp } = solution;
    throw refusal(spec.name, board, member, { gaveUp, leaves: leaves(before, departures, member) });
  }
  const freed = new Set(free);
  const views = new Views(board, freed);
  const placements = members.map((member, index) => {
    const old = before.get(index);
    const stays = old !== undefined && old.node === board.nodeOf(index);
    if (stays && !freed.has(index)) {
      const placement =
        old.member.version === member.version
          ? old.placement
          : placementOf(spec.name, board, index, reasonToStay(board, index));
      return { ...placement, moved: null, warning: warningOf(board, index) };
    }
    const reason = reasonToPlace(board, index, views.of(index).surroundings);
    const departure = leaves(before, departures, index);
    if (old === undefined || stays || departure === undefined)
      return placementOf(spec.name, board, index, reason);
    return {
      ...placementOf(spec.name, board, index, `moves from ${departure}; ${reason}`),
      moved: old.placement.node,
    };
  });
  return {
    placements,
    explanations: placements.map(({ member, node, missingBytes, estimatedSeconds, reason }, index) => ({
      member,
      chosen: { node, missingBytes, estimatedSeconds, reason },
      ...views.of(index).others,
    })),
  };
}

/** A member's node that it leaves, and why; undefined for one that leaves none. */
function leaves(
  before: ReadonlyMap<number, Committed>,
  departures: ReadonlyMap<number, string>,
  member: number,
): string | undefined {
  const departure = departures.get(member);
  return departure && `${before.get(member)?.placement.node ?? "?"}, ${departure}`;
}

/** Why a new member would not go where this one stays, in words. */
function warningOf(board: Board, member: number): string | null {
  return board.without(member, (node) => {
    const rejection = board.rejection(stayFilters, member, node);
    return rejection === undefined ? null : `stays although ${board.node(node).name} ${rejection.reason}`;
  });
}

interface View {
  readonly surroundings: Surroundings;
  readonly others: Pick<MemberExplanation, "rejected" | "furtherNodes">;
}

/** What the other nodes offer each member; the same for members that are alike on one node, hence looked at once. */
class Views {
  readonly #views = new Map<string, View>();

  constructor(
    private readonly board: Board,
    private readonly free: ReadonlySet<number>,
  ) {}

  of(member: number): View {
    const { board, free } = this;
    const key = [board.kindOf(member), board.nodeOf(member), free.has(member)].join(" ");
    const known = this.#views.get(key);
    if (known !== undefined) return known;
    const view = board.without(member, (node) => {
      const rejected = rejectedNodes(board, member, node, !free.has(member));
      return {
        surroundings: surroundingsOf(board, member, node),
        others: { rejected, furtherNodes: board.nodeCount - 1 - rejected.length },
      };
    });
    this.#views.set(key, view);
    return view;
  }
}

function placementOf(cluster: string, board: Board, index: number, reason: string): Placement {
  const member = board.member(index);
  const node = board.node(board.nodeOf(index));
  const missingBytes = board.missingBytes(board.kindOf(index), board.nodeOf(index));
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
