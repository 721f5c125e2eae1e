/**
 * Greedy with regret: of the members not yet placed, the one that would lose most by not getting its best node
 * goes first, to that node. Members with a single node left have infinite regret.
 *
 * Prices on a node change only where something is placed and are kept in a table; those of failure domains change for
 * all their nodes and are added as they are.
 */
import { costEpsilon, dominantShare } from "../score/cost";
import type { Board } from "./board";

interface Choice {
  readonly kind: number;
  readonly node: number;
  readonly price: number;
  /** How much worse the second best node is. */
  readonly regret: number;
}

export interface GreedyOptions {
  /**
   * Whether the first member of a version on a node is priced at its share of what those that still wait could fetch
   * together there, rather than at all of it: opens few nodes with much room instead of many with little.
   */
  readonly shareAhead: boolean;
  /** Whether the maximum skew is kept at every step, which seldom leads into a dead end, rather than in the end. */
  readonly evenly: boolean;
}

/**
 * Places every member of `free` on `board`, or as many as it can.
 *
 * @returns the first member that found no node, or undefined when all are placed
 */
export function placeGreedily(
  board: Board,
  free: readonly number[],
  options: GreedyOptions,
): number | undefined {
  const greedy = new Greedy(board, free, options);
  let stuck: number | undefined;
  for (let step = 0; step < free.length; step++) {
    const member = greedy.placeNext();
    stuck ??= member;
  }
  return stuck;
}

class Greedy {
  /** Members that wait, by kind, the first in the order given last. */
  readonly #waiting = new Map<number, number[]>();
  /** How many wait, by version. */
  readonly #waitingOf = new Map<number, number>();
  /** Price on the node but for the bytes to fetch, by kind and node; infinite where the node does not take it. */
  readonly #prices: Float64Array;
  readonly #fetches: Float64Array;
  /** How many could share the fetch. */
  readonly #rooms: Float64Array;
  /** Price of the failure domains, by node; infinite where they do not take a member. */
  readonly #spread: Float64Array;

  constructor(
    private readonly board: Board,
    free: readonly number[],
    private readonly options: GreedyOptions,
  ) {
    for (const member of [...free].reverse()) {
      const kind = board.kindOf(member);
      const members = this.#waiting.get(kind);
      if (members === undefined) this.#waiting.set(kind, [member]);
      else members.push(member);
      this.#countWaiting(kind, 1);
    }
    const cells = board.kinds.length * board.nodeCount;
    this.#prices = new Float64Array(cells);
    this.#fetches = new Float64Array(cells);
    this.#rooms = new Float64Array(cells);
    this.#spread = new Float64Array(board.nodeCount);
    for (const kind of this.#waiting.keys())
      for (let node = 0; node < board.nodeCount; node++) this.#renew(kind, node);
  }

  /** Places one member; answers one that fits nowhere instead, which then waits no more. */
  placeNext(): number | undefined {
    const { board } = this;
    for (let node = 0; node < board.nodeCount; node++) {
      const open = this.options.evenly ? board.staysEven(node) : board.keepsSkew(node);
      this.#spread[node] = open ? board.spreadPrice(node) : Number.POSITIVE_INFINITY;
    }
    let next: Choice | undefined;
    for (const kind of this.#waiting.keys()) {
      const choice = this.#choose(kind);
      if (choice === undefined) return this.#take(kind);
      if (next === undefined || this.#precedes(choice, next)) next = choice;
    }
    if (next === undefined) return undefined;
    const member = this.#take(next.kind);
    board.place(member, next.node);
    for (const kind of this.#waiting.keys()) this.#renew(kind, next.node);
    return undefined;
  }

  #take(kind: number): number {
    const members = this.#waiting.get(kind) ?? [];
    const member = members.pop() ?? -1;
    if (members.length === 0) this.#waiting.delete(kind);
    this.#countWaiting(kind, -1);
    return member;
  }

  #countWaiting(kind: number, change: 1 | -1): void {
    const { version } = this.board.kind(kind);
    this.#waitingOf.set(version, (this.#waitingOf.get(version) ?? 0) + change);
  }

  #renew(kind: number, node: number): void {
    const { board } = this;
    const cell = kind * board.nodeCount + node;
    if (!board.takes(kind, node)) {
      this.#prices[cell] = Number.POSITIVE_INFINITY;
      return;
    }
    const fetch = board.fetchPrice(board.kind(kind).version, node);
    this.#prices[cell] = board.nodePrice(kind, node) - fetch;
    this.#fetches[cell] = fetch;
    this.#rooms[cell] = this.options.shareAhead ? board.roomFor(kind, node) : 1;
  }

  /** Best node of the kind, the earlier of equals; undefined when there is none. */
  #choose(kind: number): Choice | undefined {
    const { nodeCount } = this.board;
    const sharersMax = this.#waitingOf.get(this.board.kind(kind).version) ?? 1;
    let node = -1;
    let best = Number.POSITIVE_INFINITY;
    let second = Number.POSITIVE_INFINITY;
    for (let candidate = 0, cell = kind * nodeCount; candidate < nodeCount; candidate++, cell++) {
      const fetch = this.#fetches[cell] ?? 0;
      const others = (this.#prices[cell] ?? 0) + (this.#spread[candidate] ?? 0);
      const price = fetch === 0 ? others : others + fetch / Math.min(this.#rooms[cell] ?? 1, sharersMax);
      if (price < best) {
        second = best;
        best = price;
        node = candidate;
      } else if (price < second) second = price;
    }
    return node === -1 ? undefined : { kind, node, price: best, regret: second - best };
  }

  #precedes(a: Choice, b: Choice): boolean {
    if (a.regret !== b.regret && !(Math.abs(a.regret - b.regret) < costEpsilon)) return a.regret > b.regret;
    const size = (choice: Choice) =>
      dominantShare(this.board.kind(choice.kind).demand, this.board.node(choice.node).capacity);
    const difference = size(a) - size(b);
    return difference !== 0 ? difference > 0 : a.kind < b.kind;
  }
}
