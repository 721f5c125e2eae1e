/** Domains that the gateway routes: where each is, and where one goes that no cluster declares. */
import { constraintsSchema, DvceError, type ClusterSpec, type ConsoleTail, type Vm } from "@dvce/api";
import type { Agents } from "../agent-link/agents";
import type { GatewayNode, GatewayRouting } from "../gateway/routing";
import type { History } from "../history/history";
import { placeCluster } from "../placement/place-cluster";
import type { State } from "../state";
import { timestampOf, type Clock } from "../state/clock";
import type { NodeRegistry } from "./node-registry";
import type { PoolView } from "./pool-view";
import type { ControllerSettings } from "./settings";
import type { SpotReservations } from "./spot-reservations";
import type { Volumes } from "./volumes";

export interface VmsParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly pool: PoolView;
  readonly reservations: SpotReservations;
  readonly agents: Agents;
  readonly history: History;
  readonly volumes: Volumes;
  readonly clock: Clock;
  readonly settings: ControllerSettings;
}

export class Vms implements GatewayRouting {
  constructor(private readonly parts: VmsParts) {}

  /** Hydration is as each domain's node tells it now, or told it last where it does not answer. */
  async list(): Promise<Vm[]> {
    const volumes = new Map((await this.parts.volumes.list()).map((volume) => [volume.domain, volume]));
    return this.parts.state.vms.list().map(({ domain, uuid, node, cluster, startedMs }) => ({
      domain,
      uuid,
      node,
      cluster: this.parts.state.placements.get(domain)?.cluster ?? cluster,
      startedAt: startedMs === null ? null : timestampOf(startedMs),
      hydration: volumes.get(domain)?.hydration ?? null,
    }));
  }

  /**
   * The end of a domain's serial console log, from its node.
   *
   * @throws DvceError `DVCE_DOMAIN_NOT_FOUND`; `DVCE_NODE_UNREACHABLE`; what the agent refuses with
   */
  async console(domain: string, tailBytes: number): Promise<ConsoleTail> {
    const node = this.nodeOfDomain(domain);
    if (node === undefined) {
      throw new DvceError(
        "DVCE_DOMAIN_NOT_FOUND",
        `The pool knows no domain ${domain}; 'dvce vm ls' lists those it routes.`,
      );
    }
    return this.parts.agents.of(node).getConsole(domain, tailBytes);
  }

  nodes(): readonly GatewayNode[] {
    return this.parts.registry.list().map(({ name, state }) => ({ name, state }));
  }

  nodeOfDomain(name: string): string | undefined {
    const { state, registry, reservations } = this.parts;
    const vm = state.vms.get(name);
    // What no cluster declares is lost with a fenced node, and its name is free.
    const alive = vm === undefined || registry.isFenced(vm.node) ? undefined : vm.node;
    return state.placements.get(name)?.node ?? alive ?? reservations.get(name)?.node;
  }

  nodeOfDomainUuid(uuid: string): string | undefined {
    return this.parts.state.vms.byUuid(uuid)?.node;
  }

  nodeOfVolumePath(path: string): string | undefined {
    return this.parts.state.volumes.byPath(path)?.node;
  }

  /** Holds the capacity until the domain is defined, or for a minute. */
  async placeUnknownDomain(domain: {
    readonly name: string;
    readonly vcpus: number;
    readonly memoryMiB: number;
  }): Promise<string> {
    const { reservations, pool, settings, state, history } = this.parts;
    const { name, vcpus, memoryMiB } = domain;
    reservations.release(name);
    // No version and no disk: nothing is known of the domain's images, so balance alone decides.
    const member = { name, version: "", vcpus, memoryMiB, diskBytes: 0 };
    const spec: ClusterSpec = {
      name,
      members: [member],
      constraints: constraintsSchema.parse({}),
      rebalance: null,
      deletionProtection: false,
      onMove: "recreate",
    };
    const placement = placeCluster(pool.snapshot([]), spec).placements[0];
    if (placement === undefined) throw new Error("a placement of one member has no member");
    reservations.hold(name, { node: placement.node, vcpus, memoryMiB }, settings.spotReservationMs);
    state.transaction(() =>
      history.append("placed", { domain: name, node: placement.node, detail: { onTheSpot: true } }),
    );
    return placement.node;
  }

  async recordDefined(domain: {
    readonly name: string;
    readonly uuid: string;
    readonly node: string;
  }): Promise<void> {
    const { state, history } = this.parts;
    const { name, uuid, node } = domain;
    const placement = state.placements.get(name);
    const before = state.vms.get(name);
    const same = before?.uuid === uuid && before.node === node ? before : undefined;
    const cluster = placement?.cluster ?? same?.cluster ?? null;
    const reserved = this.parts.reservations.get(name) ?? same;
    // A member's is counted by its placement, and by this only where that has left it behind.
    const takes = placement ?? reserved ?? { vcpus: 0, memoryMiB: 0 };
    this.parts.reservations.release(name);
    const row = {
      domain: name,
      uuid,
      node,
      cluster,
      vcpus: takes.vcpus,
      memoryMiB: takes.memoryMiB,
      startedMs: same?.startedMs ?? null,
    };
    if (same !== undefined && JSON.stringify(same) === JSON.stringify(row)) return;
    state.transaction(() => {
      state.vms.put(row);
      history.append("defined", { domain: name, node, ...(cluster === null ? {} : { cluster }) });
    });
  }

  async recordUndefined(uuid: string): Promise<void> {
    const { state, history } = this.parts;
    const row = state.vms.byUuid(uuid);
    if (row === undefined) return;
    state.transaction(() => {
      state.vms.delete(uuid);
      history.append("undefined", { domain: row.domain, node: row.node });
    });
  }

  async recordStarted(uuid: string): Promise<void> {
    const { state, history, clock } = this.parts;
    const row = state.vms.byUuid(uuid);
    if (row === undefined) return;
    const version = state.placements.get(row.domain)?.version;
    state.transaction(() => {
      state.vms.setStarted(uuid, clock());
      history.append("started", {
        domain: row.domain,
        node: row.node,
        ...(row.cluster === null ? {} : { cluster: row.cluster }),
        ...(version === undefined ? {} : { version }),
      });
    });
  }
}
