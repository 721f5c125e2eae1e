/** Looks now and then for volumes that can go on without the agent; see `Volumes.switchToWholeFiles`. */
import type { FastifyBaseLogger } from "fastify";
import type { Volumes } from "./volumes";

const lookEveryMs = 30_000;

export class BackingSwitch {
  readonly #volumes: Pick<Volumes, "switchToWholeFiles">;
  readonly #logger: FastifyBaseLogger;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(volumes: Pick<Volumes, "switchToWholeFiles">, logger: FastifyBaseLogger) {
    this.#volumes = volumes;
    this.#logger = logger;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(), lookEveryMs);
    this.look();
  }

  /** Looks soon: something has changed. */
  look(): void {
    this.#looking ??= this.#volumes
      .switchToWholeFiles()
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn({ reason }, "volumes cannot be switched to whole base files now");
      })
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }
}
