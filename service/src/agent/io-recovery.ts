/**
 * Lets VMs go on that QEMU paused because this node's NBD server did not give them bytes: it was away, or no
 * peer had the chunk. Domains are defined so that they pause then instead of seeing an I/O error (design §5).
 *
 * Looks often for a while after the agent starts and after each read that failed, and seldom for good: QEMU notices
 * a lost connection only at its guest's next cold read, which may come hours later and reaches no server.
 */
import type { FastifyBaseLogger } from "fastify";
import type { Hypervisor } from "./libvirt/hypervisor";

const lookEveryMs = 5_000;
const lookForMs = 60_000;
const lookSeldomEveryMs = 30_000;

export class IoRecovery {
  readonly #hypervisor: Hypervisor;
  readonly #nowMs: () => number;
  readonly #logger: FastifyBaseLogger;
  #timer: NodeJS.Timeout | undefined;
  #lookUntilMs = 0;
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;
  #failed = false;

  constructor(hypervisor: Hypervisor, nowMs: () => number, logger: FastifyBaseLogger) {
    this.#hypervisor = hypervisor;
    this.#nowMs = nowMs;
    this.#logger = logger;
  }

  /** Looks now and from now on, in the background. Called when the NBD server serves again. */
  start(): void {
    this.#lookUntilMs = this.#nowMs() + lookForMs;
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    this.#look();
  }

  /** A read failed: its VM will be paused. */
  readFailed(): void {
    this.#lookUntilMs = this.#nowMs() + lookForMs;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  #look(): void {
    const nowMs = this.#nowMs();
    if (nowMs > this.#lookUntilMs && nowMs - this.#lookedAtMs < lookSeldomEveryMs) return;
    this.#lookedAtMs = nowMs;
    this.#looking ??= this.#hypervisor
      .resumeAfterIoError()
      .then(
        (domains) => {
          this.#failed = false;
          if (domains.length > 0) this.#logger.info({ domains }, "resumed after an I/O error");
        },
        (error: unknown) => {
          const reason = error instanceof Error ? error.message : String(error);
          if (!this.#failed) this.#logger.warn({ reason }, "libvirt does not say which domains are paused");
          this.#failed = true;
        },
      )
      .finally(() => {
        this.#looking = undefined;
      });
  }
}
