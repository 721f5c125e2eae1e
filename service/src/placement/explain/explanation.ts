/** Each member's node beside the best of the others, for those who ask why. */
import { rejectedNodesMax, type MemberExplanation } from "@dvce/api";
import { placementFilters } from "../filter";
import type { Board } from "../solve/board";
import { localityInWords, reasonAgainst } from "./reason";

type Rejected = MemberExplanation["rejected"][number];

/** Rounded to milliseconds; null when the rate is unknown and there is something to fetch. */
export function secondsToFetch(bytes: number, bytesPerSecond: number | null): number | null {
  if (bytes === 0) return 0;
  return bytesPerSecond === null ? null : Math.round((bytes / bytesPerSecond) * 1000) / 1000;
}

/**
 * The other nodes that lack fewest bytes, those that would take the member before those that would not. The member has
 * to be off the board, and `node` is where it belongs.
 *
 * @param stays a member that was not asked to move: no other node was considered
 */
export function rejectedNodes(board: Board, member: number, node: number, stays: boolean): Rejected[] {
  const kind = board.kindOf(member);
  const best = new BestFew(rejectedNodesMax);
  for (let other = 0; other < board.nodeCount; other++) {
    if (other === node) continue;
    const missing = board.missingBytes(kind, other);
    if (!best.wants(missing)) continue;
    const price = board.allows(kind, other) ? board.price(kind, other) : Number.POSITIVE_INFINITY;
    best.offer({ node: other, missing, price });
  }
  return best.list().map(({ node: other, missing }) => {
    const snapshot = board.node(other);
    const rejection = board.rejection(placementFilters, member, other);
    const whyNot = stays
      ? `${localityInWords(board, member, other)}, but members stay where they are until \`rebalance\` changes`
      : reasonAgainst(board, member, node, other);
    return {
      node: snapshot.name,
      missingBytes: missing,
      estimatedSeconds: secondsToFetch(missing, snapshot.linkBytesPerSecond),
      filter: rejection?.filter ?? null,
      reason: rejection?.reason ?? whyNot,
    };
  });
}

interface Offer {
  readonly node: number;
  readonly missing: number;
  readonly price: number;
}

/** The best few of many, in order; the earlier of equals first. */
class BestFew {
  readonly #offers: Offer[] = [];

  constructor(private readonly countMax: number) {}

  /** Whether an offer that lacks so many bytes could get in. */
  wants(missing: number): boolean {
    const last = this.#offers[this.countMax - 1];
    return last === undefined || missing <= last.missing;
  }

  offer(offer: Offer): void {
    const before = (a: Offer, b: Offer) =>
      a.missing !== b.missing ? a.missing < b.missing : a.price < b.price;
    let at = this.#offers.length;
    while (at > 0 && before(offer, this.#offers[at - 1] ?? offer)) at--;
    if (at < this.countMax) this.#offers.splice(at, 0, offer);
    this.#offers.length = Math.min(this.#offers.length, this.countMax);
  }

  list(): readonly Offer[] {
    return this.#offers;
  }
}
