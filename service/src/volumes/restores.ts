/**
 * Volumes that are being made with the contents of a retired disk. That takes as long as the disk is large, so an order
 * is answered after a while with how far it is, and the same order again joins the work. A failure waits for the next
 * order to be told.
 */
import { DvceError, type AgentCreateVolume, type AgentVolume } from "@dvce/api";
import { setTimeout as sleep } from "node:timers/promises";

/** An order is answered after so long, done or not. */
const patienceMs = 5_000;

interface Restore {
  readonly order: string;
  readonly done: Promise<AgentVolume>;
  readonly abort: AbortController;
  receivedBytes: number;
}

export type MakeVolume = (
  onBytes: (receivedBytes: number) => void,
  signal: AbortSignal,
) => Promise<AgentVolume>;

export class Restores {
  readonly #running = new Map<string, Restore>();

  constructor(private readonly waitMs = patienceMs) {}

  /**
   * Begins to make the volume, or joins that.
   *
   * @throws DvceError `DVCE_VOLUME_COPYING` while it is not done; `DVCE_VOLUME_EXISTS` while it is made otherwise; what
   *   `make` throws
   */
  async join(order: AgentCreateVolume, make: MakeVolume): Promise<AgentVolume> {
    const { domain, contents } = order;
    const restore = this.#running.get(domain) ?? this.#begin(order, make);
    if (restore.order !== JSON.stringify(order)) {
      throw new DvceError(
        "DVCE_VOLUME_EXISTS",
        `The volume ${domain} is being made from another disk, or otherwise. Delete it first.`,
      );
    }
    const waiting = new AbortController();
    const late = sleep(this.waitMs, undefined, { signal: waiting.signal }).catch(() => undefined);
    try {
      const volume = await Promise.race([restore.done, late]);
      if (volume === undefined) throw copying(domain, contents?.node ?? "", restore.receivedBytes);
      this.#running.delete(domain);
      return volume;
    } catch (error) {
      if (!isCopying(error)) this.#running.delete(domain);
      throw error;
    } finally {
      waiting.abort();
    }
  }

  /** Ends the work on one volume, or on all. */
  async stop(domain?: string): Promise<void> {
    const stopped = [...this.#running].filter(([name]) => domain === undefined || name === domain);
    for (const [name, { abort }] of stopped) {
      abort.abort(
        new DvceError("DVCE_VOLUME_NOT_FOUND", `The volume ${name} was given up while it was made.`),
      );
    }
    await Promise.allSettled(stopped.map(([, { done }]) => done));
    for (const [name] of stopped) this.#running.delete(name);
  }

  #begin(order: AgentCreateVolume, make: MakeVolume): Restore {
    const abort = new AbortController();
    const progress = { receivedBytes: 0 };
    const done = make((receivedBytes) => (progress.receivedBytes = receivedBytes), abort.signal);
    done.catch(() => undefined); // told to whoever asks next
    const restore: Restore = Object.assign(progress, { order: JSON.stringify(order), done, abort });
    this.#running.set(order.domain, restore);
    return restore;
  }
}

const isCopying = (error: unknown): boolean =>
  error instanceof DvceError && error.code === "DVCE_VOLUME_COPYING";

const copying = (domain: string, node: string, receivedBytes: number): DvceError =>
  new DvceError(
    "DVCE_VOLUME_COPYING",
    `The disk of ${domain} is being copied from ${node}: ${(receivedBytes / 1e6).toFixed(0)} MB so far. Ask again.`,
  );
