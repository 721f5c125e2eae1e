/**
 * The node's life in the pool: register until the controller answers, then report at the interval that it asks
 * for, sooner when chunks have arrived. A refused epoch (another registration of this node came after) or an
 * unknown node registers again.
 */
import {
  DvceError,
  isDvceError,
  type ControllerClient,
  type HeartbeatReply,
  type NodeHealth,
  type NodeRegistration,
} from "@dvce/api";
import { ChunkBitmap } from "@dvce/image";
import type { FastifyBaseLogger } from "fastify";
import { setTimeout as sleep } from "node:timers/promises";
import type { HomePool } from "./home-pool";
import type { Inventory } from "./inventory";
import type { KnownVersions } from "./known-versions";
import type { NodeEvents } from "./node-events";

export interface MembershipOptions {
  readonly node: string;
  readonly controller: Pick<ControllerClient, "registerNode" | "heartbeat" | "requestEvictions">;
  /** What the node says of itself; asked again after it failed. */
  readonly registration: () => Promise<NodeRegistration>;
  readonly home: Pick<HomePool, keyof HomePool>;
  readonly inventory: Inventory;
  readonly versions: KnownVersions;
  /** An index in use is kept although the pool has dropped the version. */
  readonly inUse: (version: string) => boolean;
  readonly measure: () => Promise<{ storeBytes: number; baseBytes: number; diskFreeBytes: number }>;
  readonly health: () => Omit<NodeHealth, "dropsHeld">;
  readonly events: NodeEvents;
  readonly logger: FastifyBaseLogger;
}

const retryMsMin = 500;
const retryMsMax = 10_000;
/** News are sent this soon after the last report, where the interval is longer. */
const newsMs = 1_000;
const tickMs = 250;

export class Membership {
  readonly #options: MembershipOptions;
  readonly #stopping = new AbortController();
  readonly #loop: Promise<void>;
  #synchronising: Promise<void> | undefined;
  #sequence = 0;
  /** Of the registration that holds; undefined before the first, and after it was refused. */
  #epoch: number | undefined;
  #inSync = false;
  #dropsHeld = false;
  /** Reports and requests that are numbered, one after another: one that another overtakes is refused. */
  #last: Promise<unknown> = Promise.resolve();

  /** Starts at once; nothing is awaited, since the controller may come up later than its nodes. */
  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop;
    await this.#synchronising;
  }

  /** Whether, when the controller last answered, this node knew every version that the pool knows. */
  get inSync(): boolean {
    return this.#inSync;
  }

  /**
   * Asks the controller which of a version's chunks this node may drop; none may be dropped without its answer.
   *
   * @param leave called in the step that numbers the request; from it on no report tells of the chunks
   * @throws DvceError what the controller refuses with; `DVCE_CONTROLLER_UNREACHABLE`, also before the node is registered
   */
  askEvictions(version: string, bitmap: ChunkBitmap, leave: () => void): Promise<ChunkBitmap> {
    return this.#inTurn(async () => {
      const epoch = this.#epoch;
      if (epoch === undefined) {
        throw new DvceError(
          "DVCE_CONTROLLER_UNREACHABLE",
          "This node is not registered with the controller yet.",
        );
      }
      leave();
      const sequence = ++this.#sequence;
      const request = { epoch, sequence, version, bitmap: bitmap.toBase64() };
      const { approved } = await this.#options.controller.requestEvictions(this.#options.node, request);
      return ChunkBitmap.fromBase64(approved, bitmap.length);
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined); // who asked for it is told
    return mine;
  }

  async #run(): Promise<void> {
    let retryMs = retryMsMin;
    while (!this.#stopping.signal.aborted) {
      try {
        const { node, controller, registration, home, inventory, logger } = this.#options;
        const described = { ...(await registration()), pool: home.pool ?? null };
        const { pool, epoch, heartbeatIntervalMs } = await controller.registerNode(node, described);
        await home.enter(pool);
        logger.info({ epoch }, "registered with the controller");
        inventory.resendAll();
        retryMs = retryMsMin;
        this.#epoch = epoch;
        await this.#report(epoch, heartbeatIntervalMs).finally(() => (this.#epoch = undefined));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        if (isDvceError(error, "DVCE_POOL_MISMATCH")) this.#inSync = false;
        this.#options.logger.warn({ reason, retryMs }, "not registered with the controller; trying again");
        await this.#pause(retryMs);
        retryMs = Math.min(retryMs * 2, retryMsMax);
      }
    }
  }

  /** Reports until the registration is refused. */
  async #report(epoch: number, intervalMs: number): Promise<void> {
    const { logger } = this.#options;
    let failures = 0;
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#inTurn(() => this.#heartbeat(epoch));
        failures = 0;
      } catch (error) {
        if (isDvceError(error, "DVCE_NODE_EPOCH_STALE") || isDvceError(error, "DVCE_NODE_NOT_FOUND")) {
          logger.warn({ code: error.code }, "the controller refused this registration; registering again");
          await this.#pause(retryMsMin);
          return;
        }
        const reason = error instanceof Error ? error.message : String(error);
        if (failures++ === 0) logger.warn({ reason }, "a heartbeat was not answered");
        // The answer that was lost may have asked for everything, and that is asked for only once.
        this.#options.inventory.resendAll();
      }
      await this.#waitForNews(intervalMs, failures > 0);
    }
  }

  async #heartbeat(epoch: number): Promise<void> {
    const { node, controller, home, inventory, versions, measure, health, events } = this.#options;
    const knownBefore = new Map(versions.all().map(({ version }) => [version, versions.timesGiven(version)]));
    const measured = await measure();
    const told = events.take();
    const report = inventory.report();
    const sequence = ++this.#sequence; // in the same step as the report that it numbers
    const reply = await controller.heartbeat(node, {
      epoch,
      sequence,
      catalogue: home.catalogue ?? null,
      ...measured,
      inventory: report.inventory,
      health: { ...health(), dropsHeld: this.#dropsHeld },
      events: [...told],
    });
    events.acknowledge(told);
    if (reply.sendAll) inventory.resendAll();
    else inventory.acknowledge(report);
    this.#synchronising ??= this.#synchronise(knownBefore, reply).finally(() => {
      this.#synchronising = undefined;
    });
  }

  /**
   * Fetches indexes that are new to this node and forgets those that the pool has dropped. A version that came, or was
   * given again, while the heartbeat was under way is never taken for dropped: somebody counts on what was answered then.
   *
   * @param knownBefore versions known when the heartbeat was made, and how often each had been given to this node
   */
  async #synchronise(knownBefore: ReadonlyMap<string, number>, reply: HeartbeatReply): Promise<void> {
    const { versions, inUse, logger } = this.#options;
    const wanted = new Set(reply.versions);
    const mayDrop = await this.#follow(reply);
    if (!mayDrop) this.#inSync = false;
    for (const version of wanted) {
      if (this.#stopping.signal.aborted) return;
      try {
        await versions.require(version);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#inSync = false;
        logger.warn({ version, reason }, "the index of a version cannot be fetched yet");
      }
    }
    if (!mayDrop) return;
    for (const [version, given] of knownBefore) {
      const again = versions.timesGiven(version) !== given;
      if (!wanted.has(version) && !again && !inUse(version)) await versions.forget(version);
    }
    this.#inSync = [...wanted].every((version) => versions.get(version) !== undefined);
  }

  /** Answers whether the versions of the reply are to drop others by. */
  async #follow({ catalogue, catalogueFollows }: HeartbeatReply): Promise<boolean> {
    const { home, logger } = this.#options;
    if (!catalogueFollows && !this.#dropsHeld) {
      logger.error(
        "the controller's database lacks changes that this node has seen: it was restored from an older copy. Nothing is " +
          "dropped here until it has them again, or `dvce node forget-pool` was run; see docs/operations.md",
      );
    }
    this.#dropsHeld = !catalogueFollows;
    if (!catalogueFollows) return false;
    try {
      await home.follow(catalogue);
      return true;
    } catch (error) {
      logger.warn({ err: error }, "what the pool's versions are cannot be noted; nothing is dropped");
      return false;
    }
  }

  async #waitForNews(intervalMs: number, quietly: boolean): Promise<void> {
    for (let waitedMs = 0; waitedMs < intervalMs; waitedMs += tickMs) {
      if (!quietly && waitedMs >= newsMs && this.#hasNews()) return;
      await this.#pause(Math.min(tickMs, intervalMs - waitedMs));
      if (this.#stopping.signal.aborted) return;
    }
  }

  #hasNews(): boolean {
    return this.#options.inventory.changed || this.#options.events.changed;
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
