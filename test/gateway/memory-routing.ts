import { DvceError, type NodeState } from "@dvce/api";
import type { GatewayNode, GatewayRouting } from "../../service/src/gateway";

/** The gateway's routing port over plain maps: the tests say what is placed where, and see what is recorded. */
export class MemoryRouting implements GatewayRouting {
  readonly placements = new Map<string, string>();
  readonly volumes = new Map<string, string>();
  readonly defined = new Map<string, { readonly name: string; readonly node: string }>();
  readonly started = new Set<string>();
  readonly #states: Map<string, NodeState>;

  constructor(names: readonly string[]) {
    this.#states = new Map(names.map((name) => [name, "ready"]));
  }

  setState(node: string, state: NodeState): void {
    this.#states.set(node, state);
  }

  /** Forgets everything but the nodes. */
  clear(): void {
    for (const records of [this.placements, this.volumes, this.defined, this.started]) records.clear();
  }

  nodes(): readonly GatewayNode[] {
    return [...this.#states].map(([name, state]) => ({ name, state }));
  }

  nodeOfDomain(name: string): string | undefined {
    return this.placements.get(name);
  }

  nodeOfDomainUuid(uuid: string): string | undefined {
    return this.defined.get(uuid)?.node;
  }

  nodeOfVolumePath(path: string): string | undefined {
    return this.volumes.get(path);
  }

  /** The ready node with the fewest domains. */
  placeUnknownDomain(domain: { readonly name: string }): Promise<string> {
    const load = (node: string): number =>
      [...this.defined.values()].filter((defined) => defined.node === node).length;
    const [best] = this.nodes()
      .filter((node) => node.state === "ready")
      .sort((a, b) => load(a.name) - load(b.name) || a.name.localeCompare(b.name));
    if (best === undefined) {
      return Promise.reject(
        new DvceError("DVCE_PLACEMENT_INFEASIBLE", `no node is ready for '${domain.name}'`),
      );
    }
    return Promise.resolve(best.name);
  }

  recordDefined(domain: {
    readonly name: string;
    readonly uuid: string;
    readonly node: string;
  }): Promise<void> {
    this.defined.set(domain.uuid, { name: domain.name, node: domain.node });
    return Promise.resolve();
  }

  recordUndefined(uuid: string): Promise<void> {
    this.defined.delete(uuid);
    this.started.delete(uuid);
    return Promise.resolve();
  }

  recordStarted(uuid: string): Promise<void> {
    this.started.add(uuid);
    return Promise.resolve();
  }
}
