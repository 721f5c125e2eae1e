/**
 * Which nodes did not answer lately. Shared by all clients, so that a node that is cut off costs one of them
 * one deadline and not each of them one for each list. A node is trusted again when it answers or after a time.
 */
export class NodeHealth {
  readonly #suspectUntilMs = new Map<string, number>();

  constructor(
    private readonly suspicionMs: number,
    private readonly nowMs: () => number,
  ) {}

  answered(node: string): void {
    this.#suspectUntilMs.delete(node);
  }

  silent(node: string): void {
    this.#suspectUntilMs.set(node, this.nowMs() + this.suspicionMs);
  }

  isSuspect(node: string): boolean {
    return (this.#suspectUntilMs.get(node) ?? 0) > this.nowMs();
  }
}
