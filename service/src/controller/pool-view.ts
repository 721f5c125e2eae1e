/** The pool as the API shows it and as placement sees it: nodes with what is taken of them. */
import type { Node, Resources } from "@dvce/api";
import type { NodeSnapshot, PoolSnapshot } from "../placement/snapshot";
import type { State } from "../state";
import { timestampOf, type Clock } from "../state/clock";
import type { Locality } from "./locality";
import type { NodeRegistry, PoolNode } from "./node-registry";
import type { PinnedImages } from "./pinned-images";
import type { ControllerSettings } from "./settings";
import type { SpotReservations } from "./spot-reservations";

export interface PoolViewParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly locality: Locality;
  readonly pinned: PinnedImages;
  readonly reservations: SpotReservations;
  readonly clock: Clock;
  readonly settings: ControllerSettings;
}

/** Heartbeats that stopped count against a node for so long. */
const flapsForgottenMs = 24 * 60 * 60 * 1000;

const nothing: Resources = { vcpus: 0, memoryMiB: 0, diskBytes: 0 };

export class PoolView {
  constructor(private readonly parts: PoolViewParts) {}

  nodes(): Node[] {
    const allocated = this.#allocated();
    return this.parts.registry.list().map((node) => describe(node, allocated.get(node.name) ?? nothing));
  }

  /** @throws DvceError `DVCE_NODE_NOT_FOUND` */
  node(name: string): Node {
    return describe(this.parts.registry.get(name), this.#allocated().get(name) ?? nothing);
  }

  /** Looks up what a {@link snapshot} for these versions is counted from; others are served meanwhile. */
  async prepare(versions: Iterable<string>): Promise<void> {
    const ready = this.parts.registry.list().filter((node) => node.state === "ready");
    await this.parts.locality.prepare(
      versions,
      ready.map((node) => node.name),
    );
  }

  /**
   * What placement decides on.
   *
   * @param exceptCluster its own members take nothing, since they are placed anew
   */
  snapshot(versions: Iterable<string>, exceptCluster?: string): PoolSnapshot {
    const { state, registry, locality, pinned, clock, settings } = this.parts;
    const rows = [...new Set(versions)].flatMap((version) => state.versions.get(version) ?? []);
    const allocated = this.#allocated(exceptCluster);
    const flaps = state.events.countByNode("node-down", clock() - flapsForgottenMs);
    const cacheBytesOf = pinned.count();
    return {
      dataBytes: new Map(rows.map((row) => [row.version, row.dataBytes])),
      thinFactor: settings.thinFactor,
      nodes: registry.list().map((node): NodeSnapshot => {
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
          cacheBytes: cacheBytesOf(node),
          linkBytesPerSecond: node.linkBytesPerSecond,
          missingBytes: new Map(
            rows.map(({ version }) => [
              version,
              arriving.has(version) ? 0 : locality.missingBytes(node.name, version),
            ]),
          ),
          arriving,
          history: { flaps: flaps.get(node.name) ?? 0 },
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
    for (const { cluster, domain, node, vcpus, memoryMiB, diskBytes } of this.parts.state.placements.list()) {
      placedOn.set(domain, node);
      if (cluster !== exceptCluster) add(node, { vcpus, memoryMiB, diskBytes });
    }
    for (const volume of this.parts.state.volumes.list()) {
      if (placedOn.get(volume.domain) !== volume.node)
        add(volume.node, { ...nothing, diskBytes: volume.sizeBytes });
    }
    const undeclared = this.parts.state.vms.list().filter((vm) => placedOn.get(vm.domain) !== vm.node);
    for (const { node, vcpus, memoryMiB } of [...undeclared, ...this.parts.reservations.list()]) {
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
