/** Why a member is where it is, in words. */
import { placementFilters } from "../filter";
import type { Board } from "../solve/board";
import { missingBytesOf } from "../snapshot";
import { listNames, partOfBytes } from "./words";

/** Bytes that the member's node lacks, in words. */
function localityInWords(board: Board, member: number): string {
  const { version } = board.member(member);
  const node = board.node(board.nodeOf(member));
  const missing = missingBytesOf(board.pool, node, version);
  if (node.arriving?.has(version) === true)
    return "gets the whole image, as one of its replicas, when it is pushed";
  if (missing === 0) return "already has the whole image";
  return `${partOfBytes(missing, board.pool.dataBytes.get(version) ?? missing)} missing`;
}

/** For a member that keeps its node although its specification changed. */
export function reasonToStay(board: Board, member: number): string {
  return `stays where it is: ${localityInWords(board, member)}`;
}

/** For a member that the solver placed: how its node compares, and why nearer nodes were passed over. */
export function reasonToPlace(board: Board, member: number): string {
  const locality = localityInWords(board, member);
  const node = board.nodeOf(member);
  const { version } = board.member(member);
  const missing = missingBytesOf(board.pool, board.node(node), version);
  if (missing === 0) return locality;

  const sharers = board.sharers(member, node);
  const excluded = new Map<string, string[]>();
  const passedOver: string[] = [];
  let candidateCount = 1;
  board.remove(member);
  for (let other = 0; other < board.nodeCount; other++) {
    if (other === node) continue;
    const snapshot = board.node(other);
    const nearer = missingBytesOf(board.pool, snapshot, version) < missing;
    const rejection = board.rejection(placementFilters, member, other);
    if (rejection === undefined) {
      candidateCount++;
      if (nearer) passedOver.push(snapshot.name);
    } else if (nearer) {
      excluded.set(rejection.filter, [...(excluded.get(rejection.filter) ?? []), snapshot.name]);
    }
  }
  board.place(member, node);

  const rank =
    candidateCount === 1
      ? "the only node left"
      : passedOver.length > 0
        ? "best for the cluster as a whole"
        : `nearest of ${candidateCount}`;
  const parts = [`${rank}: ${locality}`];
  if (sharers.length > 0) parts.push(`fetched once for ${listNames(sharers)} too`);
  for (const [filter, names] of excluded) parts.push(`${listNames(names)} excluded by ${filter}`);
  return parts.join("; ");
}
