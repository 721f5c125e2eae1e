/**
 * Members of the cluster by value of one label: for the price of failure domains, and for the maximum skew.
 *
 * A placement keeps the maximum skew when no value that took a member has more than `skewMax` members over any value
 * that eligible nodes carry. Values that only hold members that stayed are not blamed for what they have.
 */
import { labelOf } from "../filter/node-selector";
import type { NodeSnapshot } from "../snapshot";

export class Topology {
  /** Undefined: the nodes that do not carry the label, as one domain. */
  readonly #values: readonly (string | undefined)[];
  /** Position in `#values`, by node. */
  readonly #domainOf: Int32Array;
  readonly #members: Float64Array;
  /** Of those, the ones that were placed rather than kept. */
  readonly #taken: Float64Array;
  readonly #eligible: readonly number[];
  /** Members that the fullest value with a new member may need elsewhere, by its count of members, while nothing changes. */
  readonly #lacking = new Map<number, number>();
  #fewestNow: number | undefined;

  /**
   * @param skewMax undefined where the label only counts for the price
   * @param eligible nodes that may take members
   */
  constructor(
    readonly key: string,
    readonly skewMax: number | undefined,
    nodes: readonly NodeSnapshot[],
    eligible: (node: number) => boolean,
  ) {
    const values = nodes.map((node) => labelOf(node, key));
    this.#values = [...new Set(values)];
    const positions = new Map(this.#values.map((value, position) => [value, position]));
    this.#domainOf = Int32Array.from(values, (value) => positions.get(value) ?? -1);
    this.#members = new Float64Array(this.#values.length);
    this.#taken = new Float64Array(this.#values.length);
    const open = new Set(
      nodes.flatMap((node, index) =>
        eligible(index) && labelOf(node, key) !== undefined ? [this.#domain(index)] : [],
      ),
    );
    this.#eligible = [...open];
  }

  /** Whether it tells nodes apart at all. */
  get divides(): boolean {
    return this.#values.length > 1;
  }

  add(node: number, kept: boolean, sign: 1 | -1): void {
    const domain = this.#domain(node);
    this.#members[domain] = this.#at(this.#members, domain) + sign;
    if (!kept) this.#taken[domain] = this.#at(this.#taken, domain) + sign;
    if (this.#lacking.size > 0) this.#lacking.clear();
    this.#fewestNow = undefined;
  }

  valueOf(node: number): string | undefined {
    return this.#values[this.#domain(node)];
  }

  /** Members on nodes of the node's value. */
  membersNear(node: number): number {
    return this.#at(this.#members, this.#domain(node));
  }

  /** The value of an eligible node that has the fewest members. */
  fewest(): { readonly value: string; readonly members: number } {
    let best = this.#eligible[0] ?? 0;
    for (const domain of this.#eligible)
      if (this.#at(this.#members, domain) < this.#at(this.#members, best)) best = domain;
    return { value: this.#values[best] ?? "", members: this.#at(this.#members, best) };
  }

  /**
   * Whether no value has more than the skew over any other with one more member here: what always leaves a way, and is
   * more than has to be kept before all are placed.
   */
  staysEven(node: number): boolean {
    const { skewMax } = this;
    if (skewMax === undefined) return true;
    if (this.valueOf(node) === undefined) return false;
    this.#fewestNow ??= this.fewest().members;
    return this.membersNear(node) + 1 - this.#fewestNow <= skewMax;
  }

  /**
   * Whether the node's value may take one more member: whether the `waiting` members that come after it suffice to
   * bring every other value within the skew of the fullest that took one.
   */
  admits(node: number, waiting: number): boolean {
    const { skewMax } = this;
    if (skewMax === undefined) return true;
    if (this.valueOf(node) === undefined) return false;
    const here = this.membersNear(node);
    const lacking = this.#lacking.get(here) ?? this.#lackingWith(here, skewMax);
    this.#lacking.set(here, lacking);
    return lacking <= waiting;
  }

  /** How many members other values need once a value with `here` members has one more. */
  #lackingWith(here: number, skewMax: number): number {
    let top = here + 1;
    for (const domain of this.#eligible)
      if (this.#at(this.#taken, domain) > 0) top = Math.max(top, this.#at(this.#members, domain));
    const lacks = (members: number) => Math.max(0, top - skewMax - members);
    let lacking = lacks(here + 1) - lacks(here);
    for (const domain of this.#eligible) lacking += lacks(this.#at(this.#members, domain));
    return lacking;
  }

  #domain(node: number): number {
    return this.#domainOf[node] ?? 0;
  }

  #at(counts: Float64Array, domain: number): number {
    return counts[domain] ?? 0;
  }
}
