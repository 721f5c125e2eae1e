/**
 * The nodes of the pool: who they are (in the database), and what they last said (in memory).
 *
 * State of a node, the first that holds: fenced (an operator said so); unreachable (heartbeats missed);
 * joining (its inventory is not known: it registered just now, or this controller started just now);
 * cordoned; ready.
 *
 * Each registration and each fence moves the node's epoch on. Reports with another epoch are refused, so a node
 * that was fenced, or an agent that was replaced, cannot act on old orders.
 */
import {
  DvceError,
  type Heartbeat,
  type HeartbeatReply,
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

/** What a node said since this controller started. */
interface LiveNode {
  /** When it last said anything, or when this controller started. */
  lastHeardMs: number;
  storeBytes: number;
  diskFreeBytes: number;
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
  readonly diskFreeBytes: number;
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

  register(name: string, registration: NodeRegistration): NodeRegistered {
    const epoch = this.state.transaction(() => {
      const isNew = this.state.nodes.get(name) === undefined;
      if (isNew)
        this.history.append("node-joined", { node: name, detail: { agentUrl: registration.agentUrl } });
      return this.state.nodes.register(name, registration, this.clock());
    });
    this.inventories.forgetNode(name);
    const live = this.#liveOf(name);
    live.lastHeardMs = this.clock();
    live.asked = false;
    live.complete = false;
    return { epoch, heartbeatIntervalMs: this.settings.heartbeatIntervalMs };
  }

  /**
   * @throws DvceError `DVCE_NODE_NOT_FOUND`; `DVCE_NODE_EPOCH_STALE` for another epoch than the node's;
   *   `DVCE_INPUT_INVALID` for a bitmap that does not fit its index
   */
  heartbeat(name: string, heartbeat: Heartbeat): HeartbeatReply {
    const row = this.get(name);
    if (heartbeat.epoch !== row.epoch) {
      throw new DvceError(
        "DVCE_NODE_EPOCH_STALE",
        `Node ${name} reports with epoch ${heartbeat.epoch}, its epoch is ${row.epoch}: ` +
          "it was fenced, or its agent registered again. Register before reporting.",
      );
    }
    for (const { version, bitmap } of heartbeat.inventory) this.inventories.report(name, version, bitmap);
    const now = this.clock();
    const live = this.#liveOf(name);
    live.lastHeardMs = now;
    live.storeBytes = heartbeat.storeBytes;
    live.diskFreeBytes = heartbeat.diskFreeBytes;
    if (live.asked) live.complete = true;
    live.asked = !live.complete;
    if (now - (row.lastSeenMs ?? 0) >= lastSeenIntervalMs) this.state.nodes.setLastSeen(name, now);
    this.#tellUpOrDown(this.#withState(row), live);
    return { sendAll: live.asked, versions: this.state.versions.digests() };
  }

  /** No new members; what is there stays. */
  cordon(name: string): PoolNode {
    return this.#decide(name, "node-cordoned", () => this.state.nodes.setCordoned(name, true));
  }

  /** Takes back a cordon, or a fence: the node is well and holds nothing that was made again elsewhere. */
  uncordon(name: string): PoolNode {
    return this.#decide(name, "node-uncordoned", () => {
      this.state.nodes.setCordoned(name, false);
      this.state.nodes.unfence(name);
    });
  }

  /** Declares the node dead: its members may be made again elsewhere. */
  fence(name: string): PoolNode {
    const node = this.#decide(name, "node-fenced", () => this.state.nodes.fence(name));
    this.inventories.forgetNode(name);
    const live = this.#liveOf(name);
    live.asked = false;
    live.complete = false;
    return node;
  }

  /** Tells the history of nodes whose heartbeats stopped. Call once an interval. */
  sweep(): void {
    for (const node of this.list()) this.#tellUpOrDown(node, this.#liveOf(node.name));
  }

  #decide(
    name: string,
    kind: "node-cordoned" | "node-uncordoned" | "node-fenced",
    write: () => void,
  ): PoolNode {
    this.get(name);
    this.state.transaction(() => {
      write();
      this.history.append(kind, { node: name });
    });
    return this.get(name);
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
    else state = row.cordoned ? "cordoned" : "ready";
    const heard = live.lastHeardMs > this.#startedMs ? live.lastHeardMs : row.lastSeenMs;
    return {
      ...row,
      state,
      lastSeenMs: heard,
      storeBytes: live.storeBytes,
      diskFreeBytes: live.diskFreeBytes,
    };
  }

  #liveOf(name: string): LiveNode {
    const known = this.#live.get(name);
    if (known !== undefined) return known;
    const live: LiveNode = {
      lastHeardMs: this.#startedMs,
      storeBytes: 0,
      diskFreeBytes: 0,
      asked: false,
      complete: false,
      up: undefined,
    };
    this.#live.set(name, live);
    return live;
  }
}
