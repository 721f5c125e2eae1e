/** Random numbers that a seed determines, for scenes that can be made again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 up to 1, without it (mulberry32, public domain). */
  unit(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** 0 to `bound` − 1. */
  below(bound: number): number {
    return Math.floor(this.unit() * bound);
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** `count` different items, in random order. */
  sample<T>(items: readonly T[], count: number): T[] {
    const rest = [...items];
    for (let at = 0; at < Math.min(count, rest.length); at++) {
      const other = at + this.below(rest.length - at);
      const [a, b] = [rest[at], rest[other]];
      if (a === undefined || b === undefined) break;
      [rest[at], rest[other]] = [b, a];
    }
    return rest.slice(0, count);
  }
}
