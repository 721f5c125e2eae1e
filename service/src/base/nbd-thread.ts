/**
 * Runs the NBD thread and answers what it asks. A thread that ends on its own (a broken invariant, out of memory) is
 * started again: its guests pause meanwhile, as when the agent is restarted, and go on with the new one.
 */
import { DvceError } from "@dvce/api";
import type { FastifyBaseLogger } from "fastify";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { KnownVersions } from "../agent/known-versions";
import type { BaseFile } from "./base-file";
import type { BaseFiles } from "./base-files";
import { workerEntry } from "./nbd.worker-entry";
import type { FromThread, Questions, ThreadStart, ToThread } from "./thread-messages";

export interface NbdThreadOptions {
  readonly socketPath: string;
  readonly versions: KnownVersions;
  readonly files: BaseFiles;
  /** A read was answered with EIO, or the connections of all guests were lost: guests are paused now. */
  readonly onReadsFailed: () => void;
  readonly logger: FastifyBaseLogger;
}

const restartMs = 250;

export class NbdThread {
  readonly #options: NbdThreadOptions;
  /** The base files as the thread knows them. */
  readonly #opened = new Map<string, BaseFile>();
  readonly #releasing = new Map<string, () => void>();
  #worker: Worker | undefined;
  #closed = false;
  #ended: (() => void) | undefined;

  private constructor(options: NbdThreadOptions) {
    this.#options = options;
    options.files.onRemove((version) => this.#release(version));
  }

  /** Resolves when the socket is there. Throws `DVCE_INTERNAL` when it cannot be made. */
  static async start(options: NbdThreadOptions): Promise<NbdThread> {
    const thread = new NbdThread(options);
    await thread.#start();
    return thread;
  }

  /** Closes every connection, then the thread. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    await new Promise<void>((resolve) => {
      this.#ended = resolve;
      this.#tell({ kind: "close" });
    });
    await worker.terminate();
  }

  #start(): Promise<void> {
    const { socketPath, logger } = this.#options;
    return new Promise((resolve, reject) => {
      let reason: unknown;
      const worker = new Worker(workerEntry.source(), {
        eval: true,
        name: workerEntry.name,
        execArgv: [],
        workerData: { socketPath } satisfies ThreadStart,
      });
      this.#worker = worker;
      worker.on("message", (message: FromThread) => {
        if (message.kind === "listening") resolve();
        this.#hear(worker, message);
      });
      worker.on("error", (error: unknown) => {
        reason = error;
      });
      worker.on("exit", () => {
        this.#worker = undefined;
        this.#opened.clear();
        for (const released of this.#releasing.values()) released();
        this.#ended?.();
        const why =
          typeof reason === "object" && reason !== null && "message" in reason ? reason.message : reason;
        reject(
          new DvceError("DVCE_INTERNAL", `The NBD server at ${socketPath} does not start: ${String(why)}`),
        );
        if (this.#closed) return;
        logger.error({ err: reason }, "the NBD thread has ended; its guests pause until another serves");
        void this.#restart();
      });
    });
  }

  async #restart(): Promise<void> {
    await sleep(restartMs);
    if (this.#closed) return;
    await this.#start().then(
      () => this.#options.onReadsFailed(), // guests that lost their connection are to be resumed
      () => undefined, // its exit has asked for the next try
    );
  }

  #tell(message: ToThread): void {
    this.#worker?.postMessage(message);
  }

  #hear(worker: Worker, message: FromThread): void {
    const { logger, onReadsFailed } = this.#options;
    switch (message.kind) {
      case "listening":
        return;
      case "ask":
        void this.#answer(worker, message.id, message.question, message.data);
        return;
      case "released":
        this.#releasing.get(message.version)?.();
        return;
      case "readFailed":
        logger.error({ reason: message.message }, "a read of a guest failed; its VM pauses");
        onReadsFailed();
        return;
      case "reads":
        this.#opened.get(message.version)?.readsSeen(message.extents);
        return;
      case "ahead":
        this.#opened.get(message.version)?.fillAhead(message.first, message.end);
        return;
      case "closed":
        this.#ended?.();
    }
  }

  /** To the thread that has asked: another one counts its questions anew. */
  async #answer(worker: Worker, id: number, question: keyof Questions, asked: unknown): Promise<void> {
    let answer: ToThread;
    try {
      answer = { kind: "answer", id, data: await this.#answerTo(question, asked) };
    } catch (error) {
      const hasMessage = typeof error === "object" && error !== null && "message" in error;
      answer = { kind: "failed", id, message: hasMessage ? String(error.message) : String(error) };
    }
    worker.postMessage(answer);
  }

  async #answerTo(question: keyof Questions, data: unknown): Promise<Questions[keyof Questions]["answer"]> {
    const { versions, files } = this.#options;
    switch (question) {
      case "names":
        return versions.all().map(({ version }) => version);
      case "open": {
        const version = data as Questions["open"]["ask"];
        if (versions.get(version) === undefined) return undefined;
        const file = await files.open(version);
        this.#opened.set(version, file);
        return { indexPath: versions.pathOf(version), rawPath: file.path, presence: file.presence.memory };
      }
      case "fill": {
        const { version, extents } = data as Questions["fill"]["ask"];
        const file = this.#opened.get(version);
        if (file === undefined)
          throw new DvceError("DVCE_CHUNK_MISSING", "The base file was removed. Read again.");
        return file.fillForRead(extents);
      }
    }
  }

  /** Makes the thread let a version's base file go. */
  async #release(version: string): Promise<void> {
    if (!this.#opened.delete(version) || this.#worker === undefined) return;
    await new Promise<void>((resolve) => {
      this.#releasing.set(version, resolve);
      this.#tell({ kind: "release", version });
    });
    this.#releasing.delete(version);
  }
}
