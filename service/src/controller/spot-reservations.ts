import type { Clock } from "../state/clock";

/** What a domain that was placed on the spot takes of its node until it is defined. */
export interface SpotReservation {
  readonly node: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
}

/**
 * Placements on the spot between their decision and their definition, by domain name. In memory only: a client
 * that is cut off by a restart asks again.
 */
export class SpotReservations {
  readonly #held = new Map<string, SpotReservation & { readonly expiresMs: number }>();

  constructor(private readonly clock: Clock) {}

  hold(domain: string, reservation: SpotReservation, lifeMs: number): void {
    this.#held.set(domain, { ...reservation, expiresMs: this.clock() + lifeMs });
  }

  get(domain: string): SpotReservation | undefined {
    const held = this.#held.get(domain);
    if (held === undefined || held.expiresMs > this.clock()) return held;
    this.#held.delete(domain);
    return undefined;
  }

  release(domain: string): void {
    this.#held.delete(domain);
  }

  list(): SpotReservation[] {
    return [...this.#held.keys()].flatMap((domain) => this.get(domain) ?? []);
  }
}
