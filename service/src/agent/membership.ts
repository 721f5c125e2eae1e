/**
 * The node's life in the pool: register until the controller answers, then report at the interval that it asks
 * for, sooner when chunks have arrived. A refused epoch (another registration of this node came after) or an
 * unknown node registers again.
 */
import { isDvceError, type ControllerClient, type NodeRegistration } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import { setTimeout as sleep } from "node:timers/promises";
import type { Inventory } from "./inventory";
import type { KnownVersions } from "./known-versions";

export interface MembershipOptions {
  readonly node: string;
  readonly controller: Pick<ControllerClient, "registerNode" | "heartbeat">;
  /** What the node says of itself; asked again after it failed. */
  readonly registration: () => Promise<NodeRegistration>;
  readonly inventory: Inventory;
  readonly versions: KnownVersions;
  /** An index in use is kept although the pool has dropped the version. */
  readonly inUse: (version: string) => boolean;
  readonly measure: () => Promise<{ storeBytes: number; baseBytes: number; diskFreeBytes: number }>;
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

  async #run(): Promise<void> {
    let retryMs = retryMsMin;
    while (!this.#stopping.signal.aborted) {
      try {
        const { node, controller, registration, inventory, logger } = this.#options;
        const { epoch, heartbeatIntervalMs } = await controller.registerNode(node, await registration());
        logger.info({ epoch }, "registered with the controller");
        inventory.resendAll();
        retryMs = retryMsMin;
        await this.#report(epoch, heartbeatIntervalMs);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
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
        await this.#heartbeat(epoch);
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
    const { node, controller, inventory, versions, measure } = this.#options;
    const knownBefore = new Set(versions.all().map((version) => version.version));
    const measured = await measure();
    const report = inventory.report();
    const sequence = ++this.#sequence; // in the same step as the report that it numbers
    const reply = await controller.heartbeat(node, {
      epoch,
      sequence,
      ...measured,
      inventory: report.inventory,
    });
    if (reply.sendAll) inventory.resendAll();
    else inventory.acknowledge(report);
    this.#synchronising ??= this.#synchronise(knownBefore, new Set(reply.versions)).finally(() => {
      this.#synchronising = undefined;
    });
  }

  /**
   * Fetches indexes that are new to this node and forgets those that the pool has dropped. A version that came
   * while the heartbeat was under way is not in `knownBefore` and so is never taken for dropped.
   */
  async #synchronise(knownBefore: ReadonlySet<string>, wanted: ReadonlySet<string>): Promise<void> {
    const { versions, inUse, logger } = this.#options;
    for (const version of wanted) {
      if (this.#stopping.signal.aborted) return;
      try {
        await versions.require(version);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        logger.warn({ version, reason }, "the index of a version cannot be fetched yet");
      }
    }
    for (const version of knownBefore) {
      if (!wanted.has(version) && !inUse(version)) await versions.forget(version);
    }
  }

  async #waitForNews(intervalMs: number, quietly: boolean): Promise<void> {
    for (let waitedMs = 0; waitedMs < intervalMs; waitedMs += tickMs) {
      if (!quietly && waitedMs >= newsMs && this.#options.inventory.changed) return;
      await this.#pause(Math.min(tickMs, intervalMs - waitedMs));
      if (this.#stopping.signal.aborted) return;
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}
