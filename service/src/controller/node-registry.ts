/**
 * The nodes of the pool: who they are (in the database), and what they last said (in memory).
 *
 * State of a node, the first that holds: fenced (an operator said so); unreachable (heartbeats missed);
 * joining (its inventory is not known: it registered just now, or this controller started just now);
 * draining; cordoned; ready. What operators decide is written by node-decisions.ts.
 *
 * Each registration and each fence moves the node's epoch on. Reports with another epoch are refused, so a node
 * that was fenced, or an agent that was replaced, cannot act on old orders. Within an epoch, reports and requests for
 * evictions are numbered, and one that a later one has overtaken is refused: it may tell of chunks that are gone.
 */
import {
  DvceError,
  nodeHealthSchema,
  type Heartbeat,
  type HeartbeatReply,
  type NodeEvent,
  type NodeHealth,
  type NodeRegistered,
  type NodeRegistration,
  type NodeState,
} from "@dvce/api";
import type { History } from "../history/history";
import type { State } from "../state";
import type { NodeRow } from "../state/nodes-table";
import type { Clock } from "../state/clock";
import type { Inventories } from "./inventories";
import type { ControllerSettings } from "./settings";

/** What an agent says of its host, and which pool it takes itself to be in. */
export type Registration = NodeRegistration & { readonly pool?: string | null };

/** What a node said since this controller started. */
interface LiveNode {
  /** When it last said anything, or when this controller started. */
  lastHeardMs: number;
  /** Number of the last report or request in this epoch. */
  sequence: number;
  /** Number of the last event that the history has of this run of the agent. */
  eventNumber: number;
  storeBytes: number;
  baseBytes: number;
  diskFreeBytes: number;
  health: NodeHealth | null;
  /** The last answer asked for the whole inventory, so the next report carries it. */
  asked: boolean;
  /** The whole inventory has arrived, under this epoch. */
  complete: boolean;
  /** Which of "node-up" and "node-down" the history tells last. */
  up: boolean | undefined;
}

/** A node as it is now. */
export interface PoolNode extends NodeRow {
  readonly state: NodeState;
  readonly storeBytes: number;
  readonly baseBytes: number;
  readonly diskFreeBytes: number;
  readonly health: NodeHealth | null;
}

/** `last_seen_ms` is written at most this often, since each write waits for the disk. */
const lastSeenIntervalMs = 60_000;

export class NodeRegistry {
  readonly #live = new Map<string, LiveNode>();
  readonly #startedMs: number;

  constructor(
    private readonly state: State,
    private readonly inventories: Inventories,
    private readonly history: History,
    private readonly clock: Clock,
    private readonly settings: ControllerSettings,
  ) {
    this.#startedMs = clock();
  }

  /** By name. */
  list(): PoolNode[] {
    return this.state.nodes.list().map((row) => this.#withState(row));
  }

  /** @throws DvceError `DVCE_NODE_NOT_FOUND` */
  get(name: string): PoolNode {
    const row = this.state.nodes.get(name);
    if (row === undefined) {
      throw new DvceError(
        "DVCE_NODE_NOT_FOUND",
        `There is no node ${name} in this pool; 'dvce node ls' lists those that joined.`,
      );
    }
    return this.#withState(row);
  }

  isFenced(name: string): boolean {
    return this.state.nodes.get(name)?.fenced ?? false;
  }

  /** @throws DvceError `DVCE_POOL_MISMATCH` for a node of another pool, of which nothing is noted then */
  register(name: string, { pool = null, ...registration }: Registration): NodeRegistered {
    const { poolId } = this.state.catalogue;
    if (pool !== null && pool !== poolId) throw otherPool(name, pool, poolId);
    const epoch = this.state.transaction(() => {
      const isNew = this.state.nodes.get(name) === undefined;
      if (isNew)
        this.history.append("node-joined", { node: name, detail: { agentUrl: registration.agentUrl } });
      return this.state.nodes.register(name, registration, this.clock());
    });
    this.inventories.forgetNode(name);
    const live = this.#liveOf(name);
    live.lastHeardMs = this.clock();
    live.sequence = 0;
    live.eventNumber = 0;
    live.asked = false;
    live.complete = false;
    return { pool: poolId, epoch, heartbeatIntervalMs: this.settings.heartbeatIntervalMs };
  }

  /**
   * Takes note of a report or a request of the node's agent.
   *
   * @returns whether it still is the last one: ask again after waiting for anything
   * @throws DvceError `DVCE_NODE_NOT_FOUND`; `DVCE_NODE_EPOCH_STALE` for another epoch than the node's, and for one that
   *   a later one has overtaken
   */
  admit(name: string, epoch: number, sequence: number): () => boolean {
    const row = this.get(name);
    const live = this.#liveOf(name);
    if (epoch !== row.epoch) {
      throw new DvceError(
        "DVCE_NODE_EPOCH_STALE",
        `Node ${name} reports with epoch ${epoch}, its epoch is ${row.epoch}: ` +
          "it was fenced, or its agent registered again. Register before reporting.",
      );
    }
    if (sequence <= live.sequence) {
      throw new DvceError(
        "DVCE_NODE_EPOCH_STALE",
        `Report ${sequence} of node ${name} came after its report ${live.sequence}. Register before reporting.`,
      );
    }
    live.sequence = sequence;
    live.lastHeardMs = this.clock();
    return () => live.sequence === sequence && this.state.nodes.get(name)?.epoch === epoch;
  }

  /**
   * @throws DvceError `DVCE_NODE_NOT_FOUND`; `DVCE_NODE_EPOCH_STALE` as {@link admit} does;
   *   `DVCE_INPUT_INVALID` for a bitmap that does not fit its index
   */
  heartbeat(name: string, heartbeat: Heartbeat): HeartbeatReply {
    this.admit(name, heartbeat.epoch, heartbeat.sequence);
    const row = this.get(name);
    for (const { version, bitmap } of heartbeat.inventory) this.inventories.report(name, version, bitmap);
    const now = this.clock();
    const live = this.#liveOf(name);
    live.storeBytes = heartbeat.storeBytes;
    live.baseBytes = heartbeat.baseBytes;
    live.diskFreeBytes = heartbeat.diskFreeBytes;
    if (heartbeat.health !== undefined) live.health = nodeHealthSchema.parse(heartbeat.health);
    if (live.asked) live.complete = true;
    live.asked = !live.complete;
    if (now - (row.lastSeenMs ?? 0) >= lastSeenIntervalMs) this.state.nodes.setLastSeen(name, now);
    this.#tellUpOrDown(this.#withState(row), live);
    this.#tellEvents(name, heartbeat.events ?? [], live);
    const { state } = this;
    const { catalogue = null } = heartbeat;
    return {
      catalogue: state.catalogue.newestMark(),
      catalogueFollows: catalogue === null || state.catalogue.knows(catalogue),
      sendAll: live.asked,
      versions: state.versions.digests(),
    };
  }

  /** What the node said counts no more; it has to report everything again. */
  distrust(name: string): void {
    this.inventories.forgetNode(name);
    const live = this.#liveOf(name);
    live.asked = false;
    live.complete = false;
  }

  /** The node is no longer in the pool. */
  forget(name: string): void {
    this.inventories.forgetNode(name);
    this.#live.delete(name);
  }

  /** Tells the history of nodes whose heartbeats stopped. Call once an interval. */
  sweep(): void {
    for (const node of this.list()) this.#tellUpOrDown(node, this.#liveOf(node.name));
  }

  #tellEvents(name: string, events: readonly NodeEvent[], live: LiveNode): void {
    for (const { number, kind, ...detail } of events) {
      if (number <= live.eventNumber) continue; // told already: the answer to it was lost
      live.eventNumber = number;
      this.history.append(kind, { node: name, detail });
    }
  }

  #tellUpOrDown(node: PoolNode, live: LiveNode): void {
    if (node.state === "joining" || node.state === "fenced") return;
    const up = node.state !== "unreachable";
    if (up === live.up) return;
    live.up = up;
    this.history.append(up ? "node-up" : "node-down", { node: node.name });
  }

  #withState(row: NodeRow): PoolNode {
    const live = this.#liveOf(row.name);
    const silentMs = this.clock() - live.lastHeardMs;
    const allowedMs = this.settings.heartbeatIntervalMs * this.settings.missedHeartbeatsMax;
    let state: NodeState;
    if (row.fenced) state = "fenced";
    else if (silentMs > allowedMs) state = "unreachable";
    else if (!live.complete) state = "joining";
    else if (row.draining) state = "draining";
    else state = row.cordoned ? "cordoned" : "ready";
    const heard = live.lastHeardMs > this.#startedMs ? live.lastHeardMs : row.lastSeenMs;
    return {
      ...row,
      state,
      lastSeenMs: heard,
      storeBytes: live.storeBytes,
      baseBytes: live.baseBytes,
      diskFreeBytes: live.diskFreeBytes,
      health: live.health,
    };
  }

  #liveOf(name: string): LiveNode {
    const known = this.#live.get(name);
    if (known !== undefined) return known;
    const live: LiveNode = {
      lastHeardMs: this.#startedMs,
      sequence: 0,
      eventNumber: 0,
      storeBytes: 0,
      baseBytes: 0,
      diskFreeBytes: 0,
      health: null,
      asked: false,
      complete: false,
      up: undefined,
    };
    this.#live.set(name, live);
    return live;
  }
}

const otherPool = (node: string, theirs: string, ours: string): DvceError =>
  new DvceError(
    "DVCE_POOL_MISMATCH",
    `Node ${node} belongs to pool ${theirs}, and this controller leads pool ${ours}: its database is new, or another ` +
      "pool's. Start the controller over the database of the node's pool. If the node is to join this one, which drops its " +
      "chunks that this pool does not list, stop its agent and run `dvce node forget-pool DATA` on its host.",
  );
