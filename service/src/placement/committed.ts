/**
 * Which members stay where they are, and why the others leave.
 *
 * - A node that is draining, fenced or gone is left. A node that is cordoned, unreachable or joining is not.
 * - An unchanged member stays, whatever has become of its node's labels, its capacity or its neighbours.
 * - A changed member stays if what it asks for now still fits; if the constraints changed, every member must keep them.
 * - When the cluster is placed afresh (`rebalance`), members on ready nodes may go anywhere, for a price.
 */
import type { ClusterSpec, MemberSpec, NodeState, Placement } from "@dvce/api";
import { sameValue } from "./canonical";
import { fitFilters, sizeFilters } from "./filter";
import type { CommittedCluster, PoolSnapshot } from "./snapshot";
import type { Board } from "./solve/board";

/** What is committed of a member. */
export interface Committed {
  readonly member: MemberSpec;
  readonly placement: Placement;
  /** Position of its node; -1 when that is no longer in the pool. */
  readonly node: number;
}

const left: ReadonlySet<NodeState> = new Set(["draining", "fenced"]);

/** What is committed, by position of the members. */
export function committedOf(
  pool: PoolSnapshot,
  members: readonly MemberSpec[],
  committed: CommittedCluster | undefined,
): Map<number, Committed> {
  const specs = new Map(committed?.spec.members.map((member) => [member.name, member]));
  const placements = new Map(committed?.placements.map((placement) => [placement.member, placement]));
  const nodes = new Map(pool.nodes.map((node, position) => [node.name, position]));
  return new Map(
    members.flatMap((member, position): [number, Committed][] => {
      const [spec, placement] = [specs.get(member.name), placements.get(member.name)];
      if (spec === undefined || placement === undefined) return [];
      return [[position, { member: spec, placement, node: nodes.get(placement.node) ?? -1 }]];
    }),
  );
}

/** Whether every member is to be placed afresh. Taking the text away asks for nothing. */
export const isRebalanced = (spec: ClusterSpec, committed: CommittedCluster | undefined): boolean =>
  committed !== undefined && spec.rebalance !== null && spec.rebalance !== committed.spec.rebalance;

/** Nodes that members would leave at a price, by member. */
export function homesOf(pool: PoolSnapshot, committed: ReadonlyMap<number, Committed>): Map<number, number> {
  return new Map(
    [...committed]
      .filter(([, { node }]) => pool.nodes[node]?.state === "ready")
      .map(([member, { node }]) => [member, node]),
  );
}

/**
 * Puts the members that stay on the board.
 *
 * @param afresh members that may go anywhere although they could stay
 * @returns why those that leave their node do, in words that follow the node's name
 */
export function keepCommitted(
  board: Board,
  committed: ReadonlyMap<number, Committed>,
  sameConstraints: boolean,
  afresh: ReadonlyMap<number, number>,
): Map<number, string> {
  const departures = new Map<number, string>();
  const changed: [number, Committed][] = [];
  for (const [member, old] of committed) {
    const departure = departureFrom(board, old.node);
    if (departure !== undefined) departures.set(member, `which ${departure}`);
    else if (afresh.has(member)) departures.set(member, "so that the cluster is balanced again");
    else if (sameConstraints && sameValue(old.member, board.member(member))) board.keep(member, old.node);
    else changed.push([member, old]);
  }
  // After all that certainly stay, so that a grown member cannot take the place of an unchanged one.
  for (const [member, { node }] of changed) {
    const rejection = board.rejection(sameConstraints ? sizeFilters : fitFilters, member, node);
    if (rejection !== undefined) departures.set(member, `which ${rejection.reason}`);
    else if (sameConstraints) board.keep(member, node);
    else board.place(member, node);
  }
  return departures;
}

/** Why no member stays on a node, whatever it asks for, as what is said of the node; undefined when it may. */
export function departureFrom(board: Board, node: number): string | undefined {
  if (node === -1) return "is no longer in the pool";
  const { state } = board.node(node);
  if (!left.has(state)) return undefined;
  return state === "draining" ? "is draining" : "was fenced";
}
