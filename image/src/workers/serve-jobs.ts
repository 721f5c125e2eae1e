import { parentPort } from "node:worker_threads";
import { type JobAnswer, type JobMessage, toPlainError } from "./job-messages";

/** A job's result, with the buffers in it that move to the pool's thread instead of being copied. */
export interface JobResult<Result> {
  readonly result: Result;
  readonly transfer?: readonly ArrayBuffer[];
}

/**
 * The whole of a worker's main program: does jobs one after the other, in the order in which they come. What
 * `handle` throws reaches the caller of `WorkerPool.run`, a `DvceError` as such.
 */
export function serveJobs<Job, Result>(
  handle: (job: Job) => JobResult<Result> | Promise<JobResult<Result>>,
): void {
  const port = parentPort;
  if (port === null) throw new Error("this is the code of a worker thread; start it with WorkerPool");
  let last: Promise<void> = Promise.resolve();
  const serve = async ({ id, job }: JobMessage<Job>): Promise<void> => {
    try {
      const { result, transfer } = await handle(job);
      port.postMessage({ id, result } satisfies JobAnswer<Result>, transfer ?? []);
    } catch (error) {
      port.postMessage({ id, error: toPlainError(error) } satisfies JobAnswer<Result>);
    }
  };
  port.on("message", (message: JobMessage<Job>) => {
    last = last.then(() => serve(message));
  });
}
