/**
 * A partial assignment of members to nodes that is cheap to change and to price. Members, kinds and nodes are named by
 * their positions in the arrays given; -1 is "not placed".
 *
 * A member that is kept stays where it is whatever the filters say; it takes room, and shares what it fetches, as one
 * that is placed does.
 */
import type { Constraints, MemberSpec } from "@dvce/api";
import {
  firstRejection,
  roomFilters,
  nodeFilters,
  type Candidate,
  type Filter,
  type Rejection,
  type SkewView,
} from "../filter";
import { domainLabels, riskOf, weights } from "../score/cost";
import { missingBytesOf, type NodeSnapshot, type PoolSnapshot } from "../snapshot";
import { kindsOf, type Kind } from "./kinds";
import { Load } from "./load";
import { Topology } from "./topology";

/** What placing one member adds to the cost, in bytes. */
export interface Price {
  readonly fetch: number;
  readonly balance: number;
  readonly spread: number;
  readonly history: number;
  readonly move: number;
}

export class Board {
  readonly nodeCount: number;
  readonly kinds: readonly Kind[];
  readonly thinFactor: number;
  readonly #kindOf: readonly number[];
  readonly #load: Load;
  readonly #membersOf: readonly Set<number>[];
  /** Bytes that a node lacks of a version, by version and node; and its members of that version. */
  readonly #missing: Float64Array;
  readonly #sharing: Float64Array;
  readonly #risks: Float64Array;
  readonly #open: readonly boolean[];
  readonly #topologies: readonly Topology[];
  readonly #skewed: readonly Topology[];
  readonly #nodeOf: Int32Array;
  readonly #kept = new Set<number>();
  readonly #spreadUnit: number;
  #waiting: number;
  #cost = 0;
  #fetchedBytes = 0;

  /** @param homes nodes that members leave at a price, when the cluster is placed afresh */
  constructor(
    readonly pool: PoolSnapshot,
    readonly members: readonly MemberSpec[],
    readonly constraints: Constraints,
    homes: ReadonlyMap<number, number> = new Map(),
  ) {
    const { nodes } = pool;
    const { kinds, versions, kindOf } = kindsOf(members, homes);
    this.nodeCount = nodes.length;
    this.kinds = kinds;
    this.thinFactor = pool.thinFactor ?? 1;
    this.#kindOf = kindOf;
    this.#load = new Load(nodes, this.thinFactor);
    this.#membersOf = nodes.map(() => new Set<number>());
    this.#missing = new Float64Array(versions.length * nodes.length);
    versions.forEach((version, row) => {
      nodes.forEach((node, column) => {
        this.#missing[row * nodes.length + column] = missingBytesOf(pool, node, version);
      });
    });
    this.#sharing = new Float64Array(versions.length * nodes.length);
    this.#risks = Float64Array.from(nodes, (node) => weights.historyBytes * riskOf(node.history));
    this.#nodeOf = new Int32Array(members.length).fill(-1);
    this.#waiting = members.length;
    this.#spreadUnit = weights.spreadBytes / Math.max(1, members.length) ** 2;

    const topology = (key: string): Topology =>
      new Topology(key, skewMaxOf(constraints, key), nodes, (node) => this.#open[node] ?? false);
    this.#skewed = [];
    this.#open = nodes.map((_node, node) => {
      const candidate = this.#candidate(0, node);
      return !nodeFilters.some((filter) => filter.rejects(candidate));
    });
    const skewKeys = Object.keys(constraints.maxSkew).sort();
    this.#skewed = skewKeys.map(topology);
    this.#topologies = [
      ...this.#skewed,
      ...domainLabels.filter((key) => !skewKeys.includes(key)).map(topology),
    ].filter((one) => one.divides || one.skewMax !== undefined);
  }

  /** Cost of what is placed, but for what the pool costs without the cluster. */
  get cost(): number {
    return this.#cost;
  }

  /** Bytes that the nodes fetch for what is placed. */
  get fetchedBytes(): number {
    return this.#fetchedBytes;
  }

  /** Position of the node that has the member, or -1. */
  nodeOf(member: number): number {
    return this.#nodeOf[member] ?? -1;
  }

  /** Position of the member's kind. */
  kindOf(member: number): number {
    return this.#kindOf[member] ?? 0;
  }

  kind(kind: number): Kind {
    return this.kinds[kind] ?? fail("kind", kind);
  }

  node(node: number): NodeSnapshot {
    return this.pool.nodes[node] ?? fail("node", node);
  }

  member(member: number): MemberSpec {
    return this.members[member] ?? fail("member", member);
  }

  place(member: number, node: number): void {
    this.#charge(member, node, 1);
    this.#add(member, node, 1);
  }

  /** Places the member where it is already, without regard to the maximum skew. */
  keep(member: number, node: number): void {
    this.#kept.add(member);
    this.place(member, node);
  }

  /** Takes the member off its node; answers which that was. */
  remove(member: number): number {
    const node = this.nodeOf(member);
    if (node === -1) throw new Error(`member ${member} is not placed`);
    this.#add(member, node, -1);
    this.#charge(member, node, -1);
    this.#kept.delete(member);
    return node;
  }

  /** What `look` sees while the member is off its node, which is put back as it was. */
  without<T>(member: number, look: (node: number) => T): T {
    const kept = this.#kept.has(member);
    const node = this.remove(member);
    const seen = look(node);
    if (kept) this.keep(member, node);
    else this.place(member, node);
    return seen;
  }

  /** Whether the node may take one more of the kind, by every filter. */
  allows(kind: number, node: number): boolean {
    return this.takes(kind, node) && this.keepsSkew(node);
  }

  /** As {@link allows}, by all filters but the maximum skew, which depends on members elsewhere. */
  takes(kind: number, node: number): boolean {
    if (this.#open[node] !== true) return false;
    const candidate = this.#candidate(kind, node);
    for (const filter of roomFilters) if (filter.rejects(candidate)) return false;
    return true;
  }

  keepsSkew(node: number): boolean {
    for (const topology of this.#skewed) if (!topology.admits(node, this.#waiting - 1)) return false;
    return true;
  }

  /** As {@link keepsSkew}, and evenly at every step. */
  staysEven(node: number): boolean {
    for (const topology of this.#skewed) if (!topology.staysEven(node)) return false;
    return this.keepsSkew(node);
  }

  /** Why `node` may not take `member` as things are; undefined when it may. */
  rejection(filters: readonly Filter[], member: number, node: number): Rejection | undefined {
    return firstRejection(filters, this.#candidate(this.kindOf(member), node));
  }

  /** What one more of the kind would add to {@link cost}. */
  price(kind: number, node: number): number {
    return this.nodePrice(kind, node) + this.spreadPrice(node);
  }

  /** The part of the price that only what is on the node changes. */
  nodePrice(kind: number, node: number): number {
    const { version, demand, home } = this.kind(kind);
    return (
      this.fetchPrice(version, node) +
      this.#balancePrice(demand, node) +
      (this.#risks[node] ?? 0) +
      (home === -1 || home === node ? 0 : weights.moveBytes)
    );
  }

  /** The part of the price that is for members in the same failure domains. */
  spreadPrice(node: number): number {
    let members = 2 * (this.#membersOf[node]?.size ?? 0) + 1;
    for (const topology of this.#topologies) members += 2 * topology.membersNear(node) + 1;
    return this.#spreadUnit * members;
  }

  /** Bytes that the node would fetch for its first member of the version; 0 where it has one. */
  fetchPrice(version: number, node: number): number {
    const cell = version * this.nodeCount + node;
    return (this.#sharing[cell] ?? 0) > 0 ? 0 : (this.#missing[cell] ?? 0);
  }

  priceParts(kind: number, node: number): Price {
    const { version, demand, home } = this.kind(kind);
    return {
      fetch: this.fetchPrice(version, node),
      balance: this.#balancePrice(demand, node),
      spread: this.spreadPrice(node),
      history: this.#risks[node] ?? 0,
      move: home === -1 || home === node ? 0 : weights.moveBytes,
    };
  }

  /** Bytes that the node lacks of the kind's version, shared or not. */
  missingBytes(kind: number, node: number): number {
    return this.#missing[this.kind(kind).version * this.nodeCount + node] ?? 0;
  }

  /** Dominant share of the node with one more of the kind. */
  shareWith(kind: number, node: number): number {
    return this.#load.shareWith(node, this.kind(kind).demand);
  }

  /** How many of the kind the node could take by its size; to be asked of a node that {@link takes} it. */
  roomFor(kind: number, node: number): number {
    if (this.constraints.antiAffinity) return 1;
    const { vcpus, memoryMiB, diskBytes } = this.kind(kind).demand;
    const { capacity, cacheBytes = 0 } = this.node(node);
    const used = this.#load.used(node);
    const diskFree = capacity.diskBytes - cacheBytes - used.diskBytes * this.thinFactor;
    return Math.min(
      timesIn(capacity.vcpus - used.vcpus, vcpus),
      timesIn(capacity.memoryMiB - used.memoryMiB, memoryMiB),
      timesIn(diskFree, diskBytes * this.thinFactor),
    );
  }

  /** Other members of `member`'s version on `node`. */
  sharers(member: number, node: number): string[] {
    const { version } = this.member(member);
    return this.#namesOn(node, (other) => other !== member && this.member(other).version === version);
  }

  /** Names of failure domains that the node shares with members, with how many, the fullest first. */
  crowdedDomains(node: number): { readonly label: string; readonly members: number }[] {
    return this.#topologies
      .map((one) => ({
        label: `${one.key}=${one.valueOf(node) ?? ""}`,
        members: one.membersNear(node),
      }))
      .filter(({ members }) => members > 0)
      .sort((a, b) => b.members - a.members);
  }

  memberCount(node: number): number {
    return this.#membersOf[node]?.size ?? 0;
  }

  #balancePrice(demand: Kind["demand"], node: number): number {
    const before = this.#load.share(node);
    const after = this.#load.shareWith(node, demand);
    return weights.balanceBytes * (after * after - before * before);
  }

  /** The member has to be off the board. */
  #charge(member: number, node: number, sign: 1 | -1): void {
    const kind = this.kindOf(member);
    this.#cost += sign * this.price(kind, node);
    this.#fetchedBytes += sign * this.fetchPrice(this.kind(kind).version, node);
  }

  #add(member: number, node: number, sign: 1 | -1): void {
    const { version, demand } = this.kind(this.kindOf(member));
    const cell = version * this.nodeCount + node;
    this.#load.add(node, demand, sign);
    this.#sharing[cell] = (this.#sharing[cell] ?? 0) + sign;
    for (const topology of this.#topologies) topology.add(node, this.#kept.has(member), sign);
    if (sign === 1) this.#membersOf[node]?.add(member);
    else this.#membersOf[node]?.delete(member);
    this.#nodeOf[member] = sign === 1 ? node : -1;
    this.#waiting -= sign;
  }

  #candidate(kind: number, node: number): Candidate {
    return {
      node: this.node(node),
      constraints: this.constraints,
      demand: this.kind(kind).demand,
      used: this.#load.used(node),
      thinFactor: this.thinFactor,
      memberCount: this.memberCount(node),
      memberNames: () => this.#namesOn(node, () => true),
      skews: () => this.#skews(node),
    };
  }

  #skews(node: number): SkewView[] {
    return this.#skewed.map((one) => ({
      key: one.key,
      skewMax: one.skewMax ?? 0,
      value: one.valueOf(node),
      admits: one.admits(node, this.#waiting - 1),
      members: one.membersNear(node),
      fewest: one.fewest(),
    }));
  }

  #namesOn(node: number, wanted: (member: number) => boolean): string[] {
    return [...(this.#membersOf[node] ?? [])]
      .filter(wanted)
      .map((member) => this.member(member).name)
      .sort();
  }
}

const skewMaxOf = (constraints: Constraints, key: string): number | undefined =>
  Object.hasOwn(constraints.maxSkew, key) ? constraints.maxSkew[key] : undefined;

/** How many times `part` goes into `whole`; without end for a part of nothing. */
const timesIn = (whole: number, part: number): number =>
  part === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(whole / part);

function fail(what: string, position: number): never {
  throw new Error(`no ${what} at ${position}`);
}
