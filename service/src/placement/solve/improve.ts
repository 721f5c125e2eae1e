/**
 * Local search from a feasible assignment: move one member, move all of a version from one node to another, swap
 * two members. The first change that lowers the cost is taken, in a fixed order, until none does.
 */
import { placementFilters } from "../filter";
import { addCosts, compareCosts, zeroCost, type Cost } from "../score/cost";
import type { Board } from "./board";

/** Changes tried before stopping; a plan must answer within its time whatever the pool. */
const triesMax = 200_000;

/** Improves the assignment of the members of `free` in place. */
export function improve(board: Board, free: readonly number[]): void {
  const search = new LocalSearch(board, free);
  while (search.improveOnce());
}

class LocalSearch {
  #tries = 0;
  /** Swapping two members that ask for the same changes nothing. */
  readonly #kinds: ReadonlyMap<number, string>;

  constructor(
    private readonly board: Board,
    private readonly free: readonly number[],
  ) {
    this.#kinds = new Map(
      free.map((member) => {
        const { version, vcpus, memoryMiB, diskBytes } = board.member(member);
        return [member, JSON.stringify([version, vcpus, memoryMiB, diskBytes])];
      }),
    );
  }

  improveOnce(): boolean {
    return this.#moveOne() || this.#moveVersion() || this.#swapTwo();
  }

  #moveOne(): boolean {
    for (const member of this.free) {
      for (let node = 0; node < this.board.nodeCount; node++) {
        if (this.#tries > triesMax) return false;
        if (node !== this.board.nodeOf(member) && this.#relocate([member], [node])) return true;
      }
    }
    return false;
  }

  /** A single member gains nothing by leaving those that it shares with; all of them together may. */
  #moveVersion(): boolean {
    const groups = new Map<string, number[]>();
    for (const member of this.free) {
      const key = `${this.board.nodeOf(member)} ${this.board.member(member).version}`;
      groups.set(key, [...(groups.get(key) ?? []), member]);
    }
    for (const group of groups.values()) {
      if (group.length < 2) continue;
      for (let node = 0; node < this.board.nodeCount; node++) {
        if (this.#tries > triesMax) return false;
        const targets = group.map(() => node);
        if (node !== this.board.nodeOf(group[0] ?? 0) && this.#relocate(group, targets)) return true;
      }
    }
    return false;
  }

  #swapTwo(): boolean {
    for (const [position, a] of this.free.entries()) {
      for (const b of this.free.slice(position + 1)) {
        if (this.#tries > triesMax) return false;
        const [nodeA, nodeB] = [this.board.nodeOf(a), this.board.nodeOf(b)];
        if (nodeA === nodeB || this.#kinds.get(a) === this.#kinds.get(b)) continue;
        if (this.#relocate([a, b], [nodeB, nodeA])) return true;
      }
    }
    return false;
  }

  /** Moves the members if every one fits and the cost falls; otherwise leaves everything as it was. */
  #relocate(members: readonly number[], targets: readonly number[]): boolean {
    this.#tries += members.length;
    const { board } = this;
    const origins: number[] = [];
    let before: Cost = zeroCost;
    for (const member of members) {
      origins.push(board.remove(member));
      before = addCosts(before, board.marginal(member, origins[origins.length - 1] ?? 0));
    }
    let after: Cost = zeroCost;
    const placed: number[] = [];
    for (const [position, member] of members.entries()) {
      const target = targets[position] ?? -1;
      if (board.rejection(placementFilters, member, target) !== undefined) break;
      after = addCosts(after, board.marginal(member, target));
      board.place(member, target);
      placed.push(member);
    }
    if (placed.length === members.length && compareCosts(after, before) < 0) return true;
    for (const member of placed) board.remove(member);
    for (const [position, member] of members.entries()) board.place(member, origins[position] ?? -1);
    return false;
  }
}
