/** Why a member is where it is, in words. */
import { placementFilters } from "../filter";
import type { NodeHistory } from "../snapshot";
import type { Board } from "../solve/board";
import { listNames, partOfBytes } from "./words";

/** Bytes that a node lacks of the member's version, in words. */
export function localityInWords(board: Board, member: number, node: number): string {
  const { version } = board.member(member);
  const missing = board.missingBytes(board.kindOf(member), node);
  if (board.node(node).arriving?.has(version) === true)
    return "gets the whole image, as one of its replicas, when it is pushed";
  if (missing === 0) return "already has the whole image";
  return `${partOfBytes(missing, board.pool.dataBytes.get(version) ?? missing)} missing`;
}

/** For a member that keeps its node. */
export function reasonToStay(board: Board, member: number): string {
  return `stays where it is: ${localityInWords(board, member, board.nodeOf(member))}`;
}

/** What other nodes offer a member, with all others where they are. */
export interface Surroundings {
  /** Nodes that would take the member, its own among them. */
  readonly candidateCount: number;
  /** Whether one of those lacks fewer bytes than its own. */
  readonly passedOver: boolean;
  /** Names of the nodes that lack fewer bytes and would not take it, by the filter that failed. */
  readonly excluded: ReadonlyMap<string, readonly string[]>;
}

/** The member has to be off the board, and `node` is where it belongs. */
export function surroundingsOf(board: Board, member: number, node: number): Surroundings {
  const kind = board.kindOf(member);
  const missing = board.missingBytes(kind, node);
  const excluded = new Map<string, string[]>();
  let candidateCount = 1;
  let passedOver = false;
  for (let other = 0; other < board.nodeCount; other++) {
    if (other === node) continue;
    const nearer = board.missingBytes(kind, other) < missing;
    if (board.allows(kind, other)) {
      candidateCount++;
      passedOver ||= nearer;
    } else if (nearer) {
      const filter = board.rejection(placementFilters, member, other)?.filter ?? "";
      const names = excluded.get(filter);
      if (names === undefined) excluded.set(filter, [board.node(other).name]);
      else names.push(board.node(other).name);
    }
  }
  return { candidateCount, passedOver, excluded };
}

/** For a member that the solver placed: how its node compares, and why nearer nodes were passed over. */
export function reasonToPlace(board: Board, member: number, surroundings: Surroundings): string {
  const node = board.nodeOf(member);
  const locality = localityInWords(board, member, node);
  if (board.missingBytes(board.kindOf(member), node) === 0) return locality;
  const { candidateCount, passedOver, excluded } = surroundings;
  const rank =
    candidateCount === 1
      ? "the only node left"
      : passedOver
        ? "best for the cluster as a whole"
        : `nearest of ${candidateCount}`;
  const sharers = board.sharers(member, node);
  const parts = [`${rank}: ${locality}`];
  if (sharers.length > 0) parts.push(`fetched once for ${listNames(sharers)} too`);
  for (const [filter, names] of excluded) parts.push(`${listNames(names)} excluded by ${filter}`);
  return parts.join("; ");
}

/**
 * Why a node that would take the member is not its node: what its price is higher for. The member has to be off the
 * board, and `node` is where it belongs.
 */
export function reasonAgainst(board: Board, member: number, node: number, other: number): string {
  const kind = board.kindOf(member);
  const locality = localityInWords(board, member, other);
  const [here, there] = [board.priceParts(kind, node), board.priceParts(kind, other)];
  const reasons: [number, () => string][] = [
    [there.fetch - here.fetch, () => locality],
    [
      there.balance - here.balance,
      () =>
        `${locality}, and would be ${percent(board.shareWith(kind, other))} full, not ` +
        `${percent(board.shareWith(kind, node))}`,
    ],
    [there.spread - here.spread, () => `${locality}, and is nearer to other members: ${crowd(board, other)}`],
    [there.history - here.history, () => `${locality}, and ${historyInWords(board.node(other).history)}`],
    [there.move - here.move, () => `${locality}, but the member would have to move`],
  ];
  const difference = reasons.reduce((sum, [amount]) => sum + amount, 0);
  if (difference < 0) return `${locality}, but the cluster as a whole fares better like this`;
  const [amount, words] = reasons.reduce((most, one) => (one[0] > most[0] ? one : most));
  return amount > 0 ? words() : `${locality}: as good, and later by name`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

/** The members that are near the node, by what they share with it. */
function crowd(board: Board, node: number): string {
  const here = board.memberCount(node);
  const domain = board.crowdedDomains(node)[0];
  if (here > 0) return `${here} on the node itself`;
  return domain === undefined ? "none" : `${domain.members} in ${domain.label}`;
}

function historyInWords(history: NodeHistory | undefined): string {
  const { bootFailures = 0, flaps = 0 } = history ?? {};
  const boots = bootFailures === 0 ? "" : `${bootFailures} failed boots and `;
  return `has a worse record: ${boots}${flaps} lost heartbeats`;
}
