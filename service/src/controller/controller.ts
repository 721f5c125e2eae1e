/** The controller's services over one state, wired together. Nothing here listens or waits. */
import { Agents, type ConnectAgent } from "../agent-link/agents";
import { History } from "../history/history";
import { State, type Database } from "../state";
import type { Clock } from "../state/clock";
import { ActiveFetchers } from "./active-fetchers";
import { BootProfiles } from "./boot-profiles";
import { Clusters } from "./clusters";
import { Hydrations } from "./hydrations";
import { Evictions, type EvictionsParts } from "./evictions";
import { ImageReads } from "./image-reads";
import { ImageHistories } from "./image-histories";
import { Images } from "./images";
import { IndexCache } from "./index-cache";
import { Inventories } from "./inventories";
import { Locality } from "./locality";
import { LostChunks } from "./lost-chunks";
import { NodeDecisions } from "./node-decisions";
import { NodeRegistry } from "./node-registry";
import { PinnedImages } from "./pinned-images";
import { PlanRecords } from "./plan-records";
import { PoolView } from "./pool-view";
import { defaultControllerSettings, type ControllerSettings } from "./settings";
import { Pulls } from "./pulls";
import { RetiredDisks } from "./retired-disks";
import { SpotReservations } from "./spot-reservations";
import { Vms } from "./vms";
import { Volumes } from "./volumes";

export interface ControllerOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly connectAgent: ConnectAgent;
  readonly settings?: Partial<ControllerSettings>;
  /** The rule of evictions; another one only to show that a test catches it. */
  readonly decideEviction?: EvictionsParts["decide"];
}

export class Controller {
  readonly state: State;
  readonly history: History;
  readonly registry: NodeRegistry;
  readonly decisions: NodeDecisions;
  readonly pool: PoolView;
  readonly images: Images;
  readonly imageHistory: ImageHistories;
  readonly evictions: Evictions;
  readonly lost: LostChunks;
  readonly imageReads: ImageReads;
  readonly pulls: Pulls;
  readonly bootProfiles: BootProfiles;
  readonly clusters: Clusters;
  readonly retiredDisks: RetiredDisks;
  readonly volumes: Volumes;
  readonly vms: Vms;
  readonly settings: ControllerSettings;
  readonly #hydrations: Hydrations;

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
    const locality = new Locality({ state, inventories, indexes });
    const pinned = new PinnedImages(state, inventories);
    const pool = new PoolView({ state, registry, locality, pinned, reservations, clock, settings });
    const lost = new LostChunks({ state, registry, inventories, indexes, history });
    this.settings = settings;
    this.state = state;
    this.history = history;
    this.registry = registry;
    this.decisions = new NodeDecisions({ state, registry, inventories, history });
    this.pool = pool;
    this.lost = lost;
    this.images = new Images({
      state,
      registry,
      inventories,
      indexes,
      locality,
      lost,
      agents,
      fetchers: new ActiveFetchers(clock),
      history,
      clock,
      settings,
    });
    this.imageHistory = new ImageHistories(state);
    this.evictions = new Evictions({
      state,
      registry,
      inventories,
      indexes,
      history,
      settings,
      ...(options.decideEviction === undefined ? {} : { decide: options.decideEviction }),
    });
    this.imageReads = new ImageReads({ registry, inventories, indexes, agents });
    this.pulls = new Pulls({ state, registry, inventories, agents, images: this.images, history, clock });
    this.bootProfiles = new BootProfiles({ state, indexes, history });
    this.#hydrations = new Hydrations({ state, inventories, history, clock });
    const plans = new PlanRecords({ state, registry, clock, settings });
    this.clusters = new Clusters({ state, registry, pool, plans, history, clock });
    this.retiredDisks = new RetiredDisks({ state, registry, agents });
    this.volumes = new Volumes({ state, registry, agents, history, retired: this.retiredDisks });
    const volumes = this.volumes;
    this.vms = new Vms({ state, registry, pool, reservations, agents, history, volumes, clock, settings });
  }

  /** Housekeeping; call once a heartbeat interval. */
  tick(): void {
    this.registry.sweep();
    this.lost.sweep();
    this.images.dropExpired();
    this.pulls.tick();
    this.#hydrations.note();
    void this.retiredDisks.sweep();
  }
}
