/**
 * Local search from a feasible assignment. Each pass tries, in a fixed order, to move one member, to clear a node of a
 * version, to bring a version to another node, to swap two members, and to push a member out of another's way; what
 * lowers the cost is kept, until nothing does. Members of one kind on one node are tried once for all.
 */
import { costEpsilon } from "../score/cost";
import type { Board } from "./board";

/** Prices asked for in all before stopping, about half a second: a plan must answer in its time whatever the pool. */
export const pricesMax = 4_000_000;

/** Nodes that a version is tried to be brought to in one pass, the most promising first. */
const targetsMax = 32;

/** Free members of one kind, or of one version, on one node. */
interface Group {
  readonly node: number;
  /** Of the first member. */
  readonly kind: number;
  readonly members: readonly number[];
}

/**
 * Improves the assignment of the members of `free` in place.
 *
 * @param budget prices that may be asked for
 * @returns how many were
 */
export function improve(board: Board, free: readonly number[], budget: number = pricesMax): number {
  const search = new LocalSearch(board, free, budget);
  while (search.improveOnce());
  return search.prices;
}

class LocalSearch {
  #prices = 0;

  constructor(
    private readonly board: Board,
    private readonly free: readonly number[],
    private readonly budget: number,
  ) {}

  /** One pass; answers whether it is worth another. */
  improveOnce(): boolean {
    const before = this.board.cost;
    this.#relocate();
    this.#clear();
    this.#bring();
    this.#swap();
    this.#push();
    return this.board.cost < before - costEpsilon && !this.#exhausted();
  }

  get prices(): number {
    return this.#prices;
  }

  #exhausted(): boolean {
    return this.#prices > this.budget;
  }

  #relocate(): void {
    for (const { node, members } of this.#groups((member) => this.board.kindOf(member))) {
      for (const member of members) {
        if (this.#exhausted() || !this.#attempt([member], () => this.#placeBest(member, -1, node))) break;
      }
    }
  }

  /** A single member gains nothing by leaving those that it shares with; all of them together may. */
  #clear(): void {
    for (const { node, kind, members } of this.#versionGroups()) {
      if (this.#exhausted()) return;
      if (members.length > 1 && this.board.missingBytes(kind, node) > 0)
        this.#attempt(members, () => members.every((member) => this.#placeBest(member, node, node)));
    }
  }

  /** A node that lacks little of a version may take its members from several that lack much. */
  #bring(): void {
    const { board } = this;
    const versions = new Map<number, Group[]>();
    for (const group of this.#versionGroups()) {
      const { version } = board.kind(group.kind);
      const groups = versions.get(version);
      if (groups === undefined) versions.set(version, [group]);
      else groups.push(group);
    }
    for (const groups of versions.values()) {
      for (const target of this.#targets(groups)) {
        if (this.#exhausted()) return;
        if (this.#gather(groups, target)) break;
      }
    }
  }

  /** Nodes without the groups' version that could save bytes, those that lack least for each member that they could take first. */
  #targets(groups: readonly Group[]): number[] {
    const { board } = this;
    const kind = groups[0]?.kind ?? 0;
    const members = groups.reduce((sum, group) => sum + group.members.length, 0);
    const fetched = groups.reduce((sum, group) => sum + board.missingBytes(group.kind, group.node), 0);
    const targets: { node: number; bytesEach: number }[] = [];
    for (let node = 0; node < board.nodeCount; node++) {
      this.#prices++;
      const fetch = board.missingBytes(kind, node);
      if (fetch >= fetched || groups.some((group) => group.node === node)) continue;
      if (!board.takes(kind, node)) continue;
      targets.push({ node, bytesEach: fetch / Math.min(members, board.roomFor(kind, node)) });
    }
    return targets
      .sort((a, b) => a.bytesEach - b.bytesEach || a.node - b.node)
      .slice(0, targetsMax)
      .map(({ node }) => node);
  }

  /** Moves to `target` as many whole groups as fit, those that cost most for each member first. */
  #gather(groups: readonly Group[], target: number): boolean {
    const { board } = this;
    const bytesEach = (group: Group) => board.missingBytes(group.kind, group.node) / group.members.length;
    const sorted = [...groups].sort((a, b) => bytesEach(b) - bytesEach(a) || a.node - b.node);
    return this.#attempt([], (journal) => {
      for (const { members } of sorted) {
        const mark = journal.length;
        for (const member of members) {
          this.#prices++;
          journal.push([member, board.remove(member)]);
          if (!board.allows(board.kindOf(member), target)) {
            this.#undo(journal, mark);
            break;
          }
          board.place(member, target);
        }
      }
      return journal.length > 0;
    });
  }

  #swap(): void {
    const { board } = this;
    const groups = this.#groups((member) => board.kindOf(member));
    for (const [position, a] of groups.entries()) {
      for (const b of groups.slice(position + 1)) {
        if (this.#exhausted()) return;
        const [first, second] = [a.members[0] ?? -1, b.members[0] ?? -1];
        // An earlier swap may have moved them.
        const [nodeA, nodeB] = [board.nodeOf(first), board.nodeOf(second)];
        if (nodeA === nodeB || a.kind === b.kind) continue;
        this.#prices += 4;
        this.#attempt([first, second], () => {
          if (!board.allows(a.kind, nodeB)) return false;
          board.place(first, nodeB);
          if (!board.allows(b.kind, nodeA)) return false;
          board.place(second, nodeA);
          return true;
        });
      }
    }
  }

  /** A member that would be better off on a node that others fill goes there, and one of those goes elsewhere. */
  #push(): void {
    const { board } = this;
    const groups = this.#groups((member) => board.kindOf(member));
    for (const a of groups) {
      const member = a.members[0] ?? -1;
      for (const b of groups) {
        if (this.#exhausted()) return;
        const other = b.members[0] ?? -1;
        const [from, to] = [board.nodeOf(member), board.nodeOf(other)];
        if (from === to) continue;
        this.#prices += 2;
        if (board.allows(a.kind, to) || board.price(a.kind, to) >= this.#priceNow(member)) continue;
        this.#attempt([member, other], () => {
          if (!board.allows(a.kind, to)) return false;
          board.place(member, to);
          return this.#placeBest(other, to, -1);
        });
      }
    }
  }

  /** What the member costs where it is. */
  #priceNow(member: number): number {
    const { board } = this;
    return board.without(member, (node) => board.price(board.kindOf(member), node));
  }

  /** Takes `members` off and has `change` place them; puts everything back unless that worked and lowered the cost. */
  #attempt(members: readonly number[], change: (journal: (readonly [number, number])[]) => boolean): boolean {
    const { board } = this;
    const before = board.cost;
    const journal = members.map((member) => [member, board.remove(member)] as const);
    if (change(journal) && board.cost < before - costEpsilon) return true;
    this.#undo(journal, 0);
    return false;
  }

  /** Puts members back where the journal has them from, the last entry first, down to `mark` entries. */
  #undo(journal: (readonly [number, number])[], mark: number): void {
    const { board } = this;
    const entries = journal.splice(mark);
    for (const [member] of entries) if (board.nodeOf(member) !== -1) board.remove(member);
    for (const [member, node] of entries) board.place(member, node);
  }

  /**
   * Places the member on its cheapest node, the earlier of equals but for `preferred`; answers whether there was one.
   *
   * @param except no candidate; -1 for none
   */
  #placeBest(member: number, except: number, preferred: number): boolean {
    const { board } = this;
    const kind = board.kindOf(member);
    this.#prices += board.nodeCount;
    let best = -1;
    let bestPrice = Number.POSITIVE_INFINITY;
    if (preferred !== -1 && preferred !== except && board.allows(kind, preferred)) {
      best = preferred;
      bestPrice = board.price(kind, preferred);
    }
    for (let node = 0; node < board.nodeCount; node++) {
      if (node === except) continue;
      const price = board.price(kind, node);
      if (price < bestPrice - costEpsilon && board.allows(kind, node)) {
        best = node;
        bestPrice = price;
      }
    }
    if (best === -1) return false;
    board.place(member, best);
    return true;
  }

  #versionGroups(): Group[] {
    return this.#groups((member) => this.board.kind(this.board.kindOf(member)).version);
  }

  /** The free members by node and what `keyOf` says, in the order of `free`. */
  #groups(keyOf: (member: number) => number): Group[] {
    const groups = new Map<number, { node: number; kind: number; members: number[] }>();
    for (const member of this.free) {
      const node = this.board.nodeOf(member);
      const key = keyOf(member) * this.board.nodeCount + node;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { node, kind: this.board.kindOf(member), members: [member] });
      else group.members.push(member);
    }
    return [...groups.values()];
  }
}
