/** The controller's services over one state, wired together. Nothing here listens or waits. */
import { Agents, type ConnectAgent } from "../agent-link/agents";
import { History } from "../history/history";
import { State, type Database } from "../state";
import type { Clock } from "../state/clock";
import { Clusters } from "./clusters";
import { Images } from "./images";
import { IndexCache } from "./index-cache";
import { Inventories } from "./inventories";
import { NodeRegistry } from "./node-registry";
import { PoolView } from "./pool-view";
import { defaultControllerSettings, type ControllerSettings } from "./settings";
import { SpotReservations } from "./spot-reservations";
import { Vms } from "./vms";
import { Volumes } from "./volumes";

export interface ControllerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly connectAgent: ConnectAgent;
  readonly settings?: Partial<ControllerSettings>;
}

export class Controller {
  readonly state: State;
  readonly history: History;
  readonly registry: NodeRegistry;
  readonly pool: PoolView;
  readonly images: Images;
  readonly clusters: Clusters;
  readonly volumes: Volumes;
  readonly vms: Vms;
  readonly settings: ControllerSettings;

  constructor(options: ControllerOptions) {
    const { clock } = options;
    const settings = { ...defaultControllerSettings, ...options.settings };
    const state = new State(options.database);
    const history = new History(state, clock);
    const indexes = new IndexCache(state);
    const inventories = new Inventories(indexes);
    const registry = new NodeRegistry(state, inventories, history, clock, settings);
    const agents = new Agents(registry, options.connectAgent);
    const reservations = new SpotReservations(clock);
    const pool = new PoolView(state, registry, inventories, reservations);
    this.settings = settings;
    this.state = state;
    this.history = history;
    this.registry = registry;
    this.pool = pool;
    this.images = new Images({ state, registry, inventories, indexes, agents, history, clock, settings });
    this.clusters = new Clusters({ state, registry, pool, history, clock, settings });
    this.volumes = new Volumes({ state, registry, agents, history });
    this.vms = new Vms({ state, registry, pool, reservations, agents, history, clock, settings });
  }

  /** Housekeeping; call once a heartbeat interval. */
  tick(): void {
    this.registry.sweep();
    this.images.dropExpired();
  }
}
