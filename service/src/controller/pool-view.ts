/** The pool as the API shows it and as placement sees it: nodes with what is taken of them. */
import type { Node, Resources } from "@dvce/api";
import type { PoolSnapshot } from "../placement/snapshot";
import type { State } from "../state";
import { timestampOf } from "../state/clock";
import type { Inventories } from "./inventories";
import type { NodeRegistry, PoolNode } from "./node-registry";
import type { SpotReservations } from "./spot-reservations";

const nothing: Resources = { vcpus: 0, memoryMiB: 0, diskBytes: 0 };

export class PoolView {
  constructor(
    private readonly state: State,
    private readonly registry: NodeRegistry,
    private readonly inventories: Inventories,
    private readonly reservations: SpotReservations,
  ) {}

  nodes(): Node[] {
    const allocated = this.#allocated();
    return this.registry.list().map((node) => describe(node, allocated.get(node.name) ?? nothing));
  }

  /** @throws DvceError `DVCE_NODE_NOT_FOUND` */
  node(name: string): Node {
    return describe(this.registry.get(name), this.#allocated().get(name) ?? nothing);
  }

  /**
   * What placement decides on.
   *
   * @param exceptCluster its own members take nothing, since they are placed anew
   */
  snapshot(versions: Iterable<string>, exceptCluster?: string): PoolSnapshot {
    const rows = [...new Set(versions)].flatMap((version) => this.state.versions.get(version) ?? []);
    const allocated = this.#allocated(exceptCluster);
    return {
      dataBytes: new Map(rows.map((row) => [row.version, row.dataBytes])),
      nodes: this.registry.list().map((node) => {
        // What is announced will be whole on its targets before any member starts.
        const arriving = new Set(
          rows.filter((row) => !row.complete && row.targets.includes(node.name)).map((row) => row.version),
        );
        return {
          name: node.name,
          state: node.state,
          architecture: node.architecture,
          domainType: node.domainType,
          labels: node.labels,
          capacity: node.capacity,
          allocated: allocated.get(node.name) ?? nothing,
          cacheBytes: node.storeBytes + node.baseBytes,
          linkBytesPerSecond: node.linkBytesPerSecond,
          missingBytes: new Map(
            rows.map(({ version }) => [
              version,
              arriving.has(version) ? 0 : this.inventories.missingBytes(node.name, version),
            ]),
          ),
          arriving,
        };
      }),
    };
  }

  /** Committed placements, volumes and domains that outlived theirs, and domains that no cluster declares. */
  #allocated(exceptCluster?: string): Map<string, Resources> {
    const sums = new Map<string, Resources>();
    const add = (node: string, more: Resources): void => {
      const sum = sums.get(node) ?? nothing;
      sums.set(node, {
        vcpus: sum.vcpus + more.vcpus,
        memoryMiB: sum.memoryMiB + more.memoryMiB,
        diskBytes: sum.diskBytes + more.diskBytes,
      });
    };
    const placedOn = new Map<string, string>();
    for (const { cluster, domain, node, vcpus, memoryMiB, diskBytes } of this.state.placements.list()) {
      placedOn.set(domain, node);
      if (cluster !== exceptCluster) add(node, { vcpus, memoryMiB, diskBytes });
    }
    for (const volume of this.state.volumes.list()) {
      if (placedOn.get(volume.domain) !== volume.node)
        add(volume.node, { ...nothing, diskBytes: volume.sizeBytes });
    }
    const undeclared = this.state.vms.list().filter((vm) => placedOn.get(vm.domain) !== vm.node);
    for (const { node, vcpus, memoryMiB } of [...undeclared, ...this.reservations.list()]) {
      add(node, { ...nothing, vcpus, memoryMiB });
    }
    return sums;
  }
}

function describe(node: PoolNode, allocated: Resources): Node {
  return {
    name: node.name,
    agentUrl: node.agentUrl,
    architecture: node.architecture,
    domainType: node.domainType,
    labels: node.labels,
    capacity: node.capacity,
    linkBytesPerSecond: node.linkBytesPerSecond,
    state: node.state,
    allocated,
    storeBytes: node.storeBytes,
    baseBytes: node.baseBytes,
    diskFreeBytes: node.diskFreeBytes,
    health: node.health,
    lastSeenAt: node.lastSeenMs === null ? null : timestampOf(node.lastSeenMs),
  };
}
