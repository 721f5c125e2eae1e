/**
 * A partial assignment of members to nodes that is cheap to change and to price. Members and nodes are named by
 * their positions in the arrays given; -1 is "not placed".
 */
import type { Constraints, MemberSpec, Resources } from "@dvce/api";
import { demandOf, firstRejection, type Filter, type Rejection } from "../filter";
import { addCosts, dominantShare, zeroCost, type Cost } from "../score/cost";
import { missingBytesOf, type NodeSnapshot, type PoolSnapshot } from "../snapshot";

interface Slot {
  readonly node: NodeSnapshot;
  used: Resources;
  readonly members: Set<number>;
  /** How many members of each version are here. */
  readonly versions: Map<string, number>;
}

const plus = (a: Resources, b: Resources, sign: 1 | -1): Resources => ({
  vcpus: a.vcpus + sign * b.vcpus,
  memoryMiB: a.memoryMiB + sign * b.memoryMiB,
  diskBytes: a.diskBytes + sign * b.diskBytes,
});

export class Board {
  readonly #slots: readonly Slot[];
  readonly #nodeOf: number[];

  constructor(
    readonly pool: PoolSnapshot,
    readonly members: readonly MemberSpec[],
    readonly constraints: Constraints,
  ) {
    this.#slots = pool.nodes.map((node) => ({
      node,
      used: node.allocated,
      members: new Set<number>(),
      versions: new Map<string, number>(),
    }));
    this.#nodeOf = members.map(() => -1);
  }

  get nodeCount(): number {
    return this.#slots.length;
  }

  /** Position of the node that has the member, or -1. */
  nodeOf(member: number): number {
    return this.#nodeOf[member] ?? -1;
  }

  assignment(): number[] {
    return [...this.#nodeOf];
  }

  node(node: number): NodeSnapshot {
    return this.#slot(node).node;
  }

  member(member: number): MemberSpec {
    const spec = this.members[member];
    if (spec === undefined) throw new Error(`no member at ${member}`);
    return spec;
  }

  place(member: number, node: number): void {
    if (this.nodeOf(member) !== -1) throw new Error(`member ${member} is already placed`);
    const spec = this.member(member);
    const slot = this.#slot(node);
    slot.used = plus(slot.used, demandOf(spec), 1);
    slot.members.add(member);
    slot.versions.set(spec.version, (slot.versions.get(spec.version) ?? 0) + 1);
    this.#nodeOf[member] = node;
  }

  /** Takes the member off its node; answers which that was. */
  remove(member: number): number {
    const node = this.nodeOf(member);
    const spec = this.member(member);
    const slot = this.#slot(node);
    slot.used = plus(slot.used, demandOf(spec), -1);
    slot.members.delete(member);
    slot.versions.set(spec.version, (slot.versions.get(spec.version) ?? 0) - 1);
    this.#nodeOf[member] = -1;
    return node;
  }

  /** Why `node` may not take `member` as things are; undefined when it may. */
  rejection(filters: readonly Filter[], member: number, node: number): Rejection | undefined {
    const slot = this.#slot(node);
    return firstRejection(filters, this.member(member), {
      node: slot.node,
      used: slot.used,
      memberCount: slot.members.size,
      memberNames: () => [...slot.members].map((index) => this.member(index).name).sort(),
      constraints: this.constraints,
    });
  }

  /** What placing `member` on `node` would add to {@link total}. */
  marginal(member: number, node: number): Cost {
    const spec = this.member(member);
    const { node: snapshot, used, versions } = this.#slot(node);
    const shared = (versions.get(spec.version) ?? 0) > 0;
    const before = dominantShare(used, snapshot.capacity);
    const after = dominantShare(plus(used, demandOf(spec), 1), snapshot.capacity);
    return {
      missingBytes: shared ? 0 : missingBytesOf(this.pool, snapshot, spec.version),
      imbalance: after * after - before * before,
    };
  }

  /** Cost of the whole assignment. */
  total(): Cost {
    return this.#slots.reduce((sum, slot) => {
      const share = dominantShare(slot.used, slot.node.capacity);
      let missingBytes = 0;
      for (const [version, count] of slot.versions) {
        if (count > 0) missingBytes += missingBytesOf(this.pool, slot.node, version);
      }
      return addCosts(sum, { missingBytes, imbalance: share * share });
    }, zeroCost);
  }

  /** Other members of `member`'s version on `node`. */
  sharers(member: number, node: number): string[] {
    const { version } = this.member(member);
    return [...this.#slot(node).members]
      .filter((other) => other !== member && this.member(other).version === version)
      .map((other) => this.member(other).name)
      .sort();
  }

  #slot(node: number): Slot {
    const slot = this.#slots[node];
    if (slot === undefined) throw new Error(`no node at ${node}`);
    return slot;
  }
}
