import { type Transferable, Worker } from "node:worker_threads";
import { DvceError } from "@dvce/api";
import { fromPlainError, type JobAnswer, type JobMessage } from "./job-messages";
import type { WorkerEntry } from "./worker-entry";

export interface WorkerPoolOptions {
  readonly entry: WorkerEntry;
  /** Threads at most. They start when there is work for them. */
  readonly workers: number;
  /**
   * Jobs that one thread holds at once, all but the first waiting in it, which spares it the pause until the next job
   * comes. 1 for jobs that take long, so that none waits behind another while a thread is free. Default 2.
   */
  readonly jobsPerWorkerMax?: number;
}

export interface RunOptions {
  /** Buffers in the job that move to the thread: the caller cannot use them any more. */
  readonly transfer?: readonly ArrayBuffer[];
  /** Overtakes the jobs that wait for a thread. */
  readonly urgent?: boolean;
}

interface Task<Job, Result> {
  readonly job: Job;
  readonly transfer: readonly Transferable[];
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}

interface Thread<Job, Result> {
  readonly worker: Worker;
  readonly tasks: Map<number, Task<Job, Result>>;
}

/**
 * Threads that do jobs; `NAME.worker.ts` is their code, see worker-entry.ts. Threads start with the first jobs and stay until
 * {@link close}; while a thread has no job it does not keep the process alive.
 *
 * A thread that ends on its own (out of memory, an exception outside a job) fails the jobs it held with `DVCE_INTERNAL`, and
 * the next job starts another.
 */
export class WorkerPool<Job, Result> {
  readonly #entry: WorkerEntry;
  readonly #workersMax: number;
  readonly #jobsPerWorkerMax: number;
  readonly #threads = new Set<Thread<Job, Result>>();
  readonly #urgent: Task<Job, Result>[] = [];
  readonly #waiting: Task<Job, Result>[] = [];
  #nextId = 0;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#entry = options.entry;
    this.#workersMax = options.workers;
    this.#jobsPerWorkerMax = options.jobsPerWorkerMax ?? 2;
    for (const [name, value] of Object.entries({
      workers: this.#workersMax,
      jobsPerWorkerMax: this.#jobsPerWorkerMax,
    })) {
      if (!Number.isInteger(value) || value < 1) throw new RangeError(`${name} is at least 1, not ${value}`);
    }
  }

  /** Threads at most. */
  get workers(): number {
    return this.#workersMax;
  }

  /**
   * Does a job on the least busy thread. Throws what the worker's code throws, `DVCE_INTERNAL` when its thread ended, and
   * what `postMessage` throws for a job that cannot be sent.
   */
  run(job: Job, options: RunOptions = {}): Promise<Result> {
    if (this.#closed) return Promise.reject(closedError(this.#entry.name));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const task = { job, transfer: options.transfer ?? [], resolve, reject };
    (options.urgent === true ? this.#urgent : this.#waiting).push(task);
    this.#dispatch();
    return promise;
  }

  /** Starts so many threads now, at most all: the first jobs then need not wait for them. */
  start(threads: number): void {
    while (!this.#closed && this.#threads.size < Math.min(threads, this.#workersMax)) this.#start();
  }

  /** Ends the threads; jobs that are not done fail. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { reject } of [...this.#urgent.splice(0), ...this.#waiting.splice(0)]) {
      reject(closedError(this.#entry.name));
    }
    await Promise.all([...this.#threads].map(({ worker }) => worker.terminate()));
  }

  #dispatch(): void {
    for (;;) {
      const queue = this.#urgent.length > 0 ? this.#urgent : this.#waiting;
      const [task] = queue;
      if (task === undefined) return;
      let thread: Thread<Job, Result> | undefined;
      try {
        thread = this.#freeThread();
      } catch (error) {
        queue.shift();
        task.reject(error as Error);
        continue;
      }
      if (thread === undefined) return;
      queue.shift();
      this.#send(thread, task);
    }
  }

  /** A thread without a job, else a new one, else the one with the fewest jobs if it takes another. */
  #freeThread(): Thread<Job, Result> | undefined {
    let best: Thread<Job, Result> | undefined;
    for (const thread of this.#threads) {
      if (best === undefined || thread.tasks.size < best.tasks.size) best = thread;
    }
    if (best?.tasks.size === 0) return best;
    if (this.#threads.size < this.#workersMax) return this.#start();
    return best !== undefined && best.tasks.size < this.#jobsPerWorkerMax ? best : undefined;
  }

  #send(thread: Thread<Job, Result>, task: Task<Job, Result>): void {
    const id = this.#nextId++;
    try {
      thread.worker.postMessage({ id, job: task.job } satisfies JobMessage<Job>, task.transfer);
    } catch (error) {
      task.reject(error as Error);
      return;
    }
    if (thread.tasks.size === 0) thread.worker.ref();
    thread.tasks.set(id, task);
  }

  #start(): Thread<Job, Result> {
    // Without the flags of this process: a loader that it runs under (tsx) has nothing to do in a bundle.
    const worker = new Worker(this.#entry.source(), { eval: true, name: this.#entry.name, execArgv: [] });
    const thread: Thread<Job, Result> = { worker, tasks: new Map() };
    this.#threads.add(thread);
    worker.unref();
    let reason: string | undefined;
    worker.on("message", (answer: JobAnswer<Result>) => this.#answered(thread, answer));
    worker.on("error", (error: unknown) => {
      reason = typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";
    });
    worker.on("exit", (exitCode) => this.#ended(thread, reason ?? `exit code ${exitCode}`));
    return thread;
  }

  #answered(thread: Thread<Job, Result>, answer: JobAnswer<Result>): void {
    const task = thread.tasks.get(answer.id);
    thread.tasks.delete(answer.id);
    if (thread.tasks.size === 0) thread.worker.unref();
    if ("error" in answer) task?.reject(fromPlainError(answer.error));
    else task?.resolve(answer.result);
    this.#dispatch();
  }

  #ended(thread: Thread<Job, Result>, reason: string): void {
    this.#threads.delete(thread);
    for (const { reject } of thread.tasks.values()) {
      reject(
        this.#closed
          ? closedError(this.#entry.name)
          : new DvceError(
              "DVCE_INTERNAL",
              `A worker thread (${this.#entry.name}) ended in the middle of its work: ${reason}. Try again.`,
            ),
      );
    }
    if (!this.#closed) this.#dispatch();
  }
}

function closedError(name: string): DvceError {
  return new DvceError("DVCE_INTERNAL", `The worker threads (${name}) were stopped before this was done.`);
}
