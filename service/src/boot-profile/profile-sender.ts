/**
 * Tells the controller of recorded boots, again and again while it is away. Kept in memory only: a recording that is
 * lost with the agent is made again by the version's first boot on another node.
 */
import { isDvceError, type BootRecorded, type BootRecording } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";

export interface ProfileSenderOptions {
  readonly put: (version: string, recording: BootRecording) => Promise<BootRecorded>;
  /** Rejects when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly logger: FastifyBaseLogger;
}

const retryMsMin = 1_000;
const retryMsMax = 60_000;

export class ProfileSender {
  readonly #options: ProfileSenderOptions;
  readonly #stopping = new AbortController();
  readonly #sending = new Map<string, Promise<void>>();

  constructor(options: ProfileSenderOptions) {
    this.#options = options;
  }

  /** Sends in the background. While one recording of a version waits to be sent, another of it is left out. */
  send(version: string, recording: BootRecording): void {
    if (this.#sending.has(version) || this.#stopping.signal.aborted) return;
    const sending = this.#send(version, recording).finally(() => this.#sending.delete(version));
    this.#sending.set(version, sending);
  }

  /** Gives up what is not sent yet. */
  async close(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#sending.values());
  }

  async #send(version: string, recording: BootRecording): Promise<void> {
    const { put, sleep, logger } = this.#options;
    const { signal } = this.#stopping;
    for (let pauseMs = retryMsMin; !signal.aborted; pauseMs = Math.min(2 * pauseMs, retryMsMax)) {
      try {
        const { kept } = await put(version, recording);
        logger.info({ version, seconds: recording.seconds, kept }, "a boot was told to the controller");
        return;
      } catch (error) {
        if (!isDvceError(error) || !error.retryable) {
          logger.warn({ err: error, version }, "the controller does not take the record of a boot");
          return;
        }
        await sleep(pauseMs, signal).catch(() => undefined);
      }
    }
  }
}
