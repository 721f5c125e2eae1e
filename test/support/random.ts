import { randomInt } from "node:crypto";

/** Random numbers that a seed determines, so that a run can be repeated (mulberry32, public domain). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 to 2³²−1. */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** 0 up to 1, without it. */
  unit(): number {
    return this.uint32() / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** 0 to `bound` − 1; 0 for a bound of 0. */
  below(bound: number): number {
    return bound <= 0 ? 0 : Math.floor(this.unit() * bound);
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

/** The seed of this run: DVCE_TEST_SEED, or a fresh one. Printed, so that a failure can be repeated. */
export function announceSeed(suite: string): number {
  const given = process.env["DVCE_TEST_SEED"];
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  process.stderr.write(`${suite}: DVCE_TEST_SEED=${seed}\n`);
  return seed;
}
