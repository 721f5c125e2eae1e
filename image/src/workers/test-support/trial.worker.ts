/** A worker for the pool's own tests. */
import { setTimeout as sleep } from "node:timers/promises";
import { threadId } from "node:worker_threads";
import { DvceError } from "@dvce/api";
import { serveJobs } from "../serve-jobs";

export type TrialJob =
  | { readonly kind: "echo"; readonly text: string; readonly waitMs?: number }
  | { readonly kind: "reverse"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: "refuse" }
  | { readonly kind: "fail" }
  | { readonly kind: "exit" }
  | { readonly kind: "throw outside" };

export interface TrialResult {
  readonly thread: number;
  readonly text?: string;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

serveJobs<TrialJob, TrialResult>(async (job) => {
  switch (job.kind) {
    case "echo":
      if (job.waitMs !== undefined) await sleep(job.waitMs);
      return { result: { thread: threadId, text: job.text } };
    case "reverse":
      return { result: { thread: threadId, bytes: job.bytes.reverse() }, transfer: [job.bytes.buffer] };
    case "refuse":
      throw new DvceError("DVCE_CHUNK_CORRUPT", "refused", { details: [{ path: ["a", 1], message: "why" }] });
    case "fail":
      throw new TypeError("a mistake");
    case "exit":
      return process.exit(7);
    case "throw outside":
      setImmediate(() => {
        throw new Error("nobody catches this");
      });
      await sleep(60_000);
      return { result: { thread: threadId } };
  }
});
