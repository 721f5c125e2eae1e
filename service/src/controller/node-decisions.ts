/**
 * What operators decide about nodes. Each decision is a mark of its own on the node, taken back by its own command:
 *
 * - cordoned: takes no new members; what is there stays.
 * - draining: takes no new members, and the next plan of each cluster moves its members away.
 * - fenced: declared dead. Its members may be made again elsewhere, and what it still says is refused.
 *
 * A node goes for good only when nothing of the pool would be lost with it, or when it was declared dead.
 */
import { DvceError, type ErrorDetail } from "@dvce/api";
import type { EventKind, History } from "../history/history";
import type { State } from "../state";
import type { Inventories } from "./inventories";
import type { NodeRegistry, PoolNode } from "./node-registry";

export interface NodeDecisionsParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly inventories: Inventories;
  readonly history: History;
}

/** Every method but `remove` is idempotent and throws `DVCE_NODE_NOT_FOUND`. */
export class NodeDecisions {
  constructor(private readonly parts: NodeDecisionsParts) {}

  cordon(name: string): PoolNode {
    return this.#decide(name, "node-cordoned", ({ cordoned }) => cordoned, {
      write: () => this.parts.state.nodes.setCordoned(name, true),
    });
  }

  /** @throws DvceError `DVCE_NODE_STATE` for a node that is draining or fenced: that has a command of its own */
  uncordon(name: string): PoolNode {
    const { fenced, draining } = this.parts.registry.get(name);
    if (fenced) throw wrongState(name, "is fenced", `take that back with 'dvce node unfence ${name}'`);
    if (draining) throw wrongState(name, "is draining", `take that back with 'dvce node undrain ${name}'`);
    return this.#decide(name, "node-uncordoned", ({ cordoned }) => !cordoned, {
      write: () => this.parts.state.nodes.setCordoned(name, false),
    });
  }

  /** @throws DvceError `DVCE_NODE_STATE` for a fenced node, whose members move anyway */
  drain(name: string): PoolNode {
    if (this.parts.registry.get(name).fenced) {
      throw wrongState(
        name,
        "is fenced",
        "there is nothing to drain: the next apply makes its members elsewhere",
      );
    }
    return this.#decide(name, "node-draining", ({ draining }) => draining, {
      write: () => this.parts.state.nodes.setDraining(name, true),
    });
  }

  /** Members that have moved stay where they went. */
  undrain(name: string): PoolNode {
    return this.#decide(name, "node-undrained", ({ draining }) => !draining, {
      write: () => this.parts.state.nodes.setDraining(name, false),
    });
  }

  fence(name: string): PoolNode {
    return this.#decide(name, "node-fenced", ({ fenced }) => fenced, {
      write: () => this.parts.state.nodes.fence(name),
      then: () => this.parts.registry.distrust(name),
    });
  }

  /** The node is well, and holds nothing that was made again elsewhere. Whether it takes members is as before the fence. */
  unfence(name: string): PoolNode {
    return this.#decide(name, "node-unfenced", ({ fenced }) => !fenced, {
      write: () => this.parts.state.nodes.unfence(name),
    });
  }

  /**
   * Takes the node out of the pool, with what is known of volumes and domains that died with it.
   *
   * @throws DvceError `DVCE_NODE_NOT_FOUND`; `DVCE_NODE_IN_USE` with what would be lost or left hanging
   */
  remove(name: string): void {
    const { state, registry, history } = this.parts;
    const node = registry.get(name);
    const details = [...this.#members(name), ...(node.fenced ? [] : this.#obstacles(node))];
    if (details.length > 0) {
      throw new DvceError(
        "DVCE_NODE_IN_USE",
        `Node ${name} cannot be removed: ${details.map(({ message }) => message).join("; ")}.`,
        { details },
      );
    }
    state.transaction(() => {
      for (const volume of state.volumes.list())
        if (volume.node === name) state.volumes.delete(volume.domain);
      for (const vm of state.vms.list()) if (vm.node === name) state.vms.delete(vm.uuid);
      for (const version of state.versions.digests()) {
        const targets = state.versions.get(version)?.targets ?? [];
        if (targets.includes(name))
          state.versions.setTargets(
            version,
            targets.filter((target) => target !== name),
          );
      }
      state.nodes.delete(name);
      history.append("node-removed", { node: name });
    });
    registry.forget(name);
  }

  /** Committed members: to be placed elsewhere first, since the placements name the node. */
  #members(name: string): ErrorDetail[] {
    const clusters = new Set(
      this.parts.state.placements.list().flatMap(({ node, cluster }) => (node === name ? cluster : [])),
    );
    return [...clusters].map((cluster) => ({
      message: `cluster ${cluster} has members on it (drain or fence the node, and apply the cluster)`,
    }));
  }

  /** Why a node that was not declared dead must stay. */
  #obstacles({ name, state }: PoolNode): ErrorDetail[] {
    if (state !== "unreachable")
      return [{ message: `it is ${state}: stop its agent first, or it would join again` }];
    const { volumes, vms } = this.parts.state;
    return [
      ...volumes
        .list()
        .filter(({ node }) => node === name)
        .map(({ domain }) => ({ message: `the volume ${domain} is on it (start its agent and delete it)` })),
      ...vms
        .list()
        .filter(({ node }) => node === name)
        .map(({ domain }) => ({
          message: `the domain ${domain} is on it (start its agent and undefine it)`,
        })),
      ...this.#lastCopies(name),
    ];
  }

  /** Versions of which no other node is known to have every chunk that this one may have. */
  #lastCopies(name: string): ErrorDetail[] {
    const { state, registry, inventories } = this.parts;
    const others = registry.list().filter((other) => other.name !== name && !other.fenced);
    return state.versions.digests().flatMap((version) => {
      const row = state.versions.get(version);
      if (row?.complete !== true) return [];
      const here = inventories.bitmap(name, version);
      if (here === undefined && !row.targets.includes(name)) return [];
      const elsewhere = others
        .flatMap((other) => inventories.bitmap(other.name, version) ?? [])
        .reduce((union, bitmap) => union?.or(bitmap) ?? bitmap, inventories.emptyBitmap(version));
      const isSafe =
        elsewhere !== undefined &&
        (here === undefined ? elsewhere.count() === elsewhere.length : here.andNot(elsewhere).count() === 0);
      if (isSafe) return [];
      const image = state.imageVersions.ofVersion(version)[0]?.image ?? version;
      return [
        {
          message: `no other node is known to have all that it has of image ${image}, version ${version} (push the image again)`,
        },
      ];
    });
  }

  #decide(
    name: string,
    kind: EventKind,
    isSo: (node: PoolNode) => boolean,
    { write, then }: { readonly write: () => void; readonly then?: () => void },
  ): PoolNode {
    const { state, registry, history } = this.parts;
    if (isSo(registry.get(name))) return registry.get(name);
    state.transaction(() => {
      write();
      history.append(kind, { node: name });
    });
    then?.();
    return registry.get(name);
  }
}

const wrongState = (name: string, state: string, hint: string): DvceError =>
  new DvceError("DVCE_NODE_STATE", `Node ${name} ${state}: ${hint}.`);
