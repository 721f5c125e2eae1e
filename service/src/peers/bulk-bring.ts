/** Brings many chunks of peers here, with so many asked for at a time that queues stay short and sources busy. */
import type { Outcome } from "./misses";

export interface BulkBringOptions {
  readonly chunks: readonly number[];
  readonly sizeBytesOf: (chunk: number) => number;
  /** Calls back once, when the chunk is here or will not come. */
  readonly bring: (chunk: number, onEnd: (outcome: Outcome) => void) => void;
  readonly signal?: AbortSignal;
}

/** Image bytes asked for at a time: what requests hold at most, and as much again that waits to join the next. */
const windowBytesMax = 64 * 1024 * 1024;

/**
 * Rejects with the first failure, when all that was asked for has ended. Rejects at once with the signal's reason when it is
 * aborted: fetches that are under way go on for whoever else wants them.
 */
export function bulkBring({ chunks, sizeBytesOf, bring, signal }: BulkBringOptions): Promise<void> {
  signal?.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let next = 0;
  let askedBytes = 0;
  let failure: { readonly error: unknown } | undefined;
  let isAsking = false;

  const askMore = (): void => {
    if (isAsking) return; // a chunk that ends at once is seen by the loop
    isAsking = true;
    for (; failure === undefined && signal?.aborted !== true && next < chunks.length; next++) {
      const chunk = chunks[next] ?? 0;
      const sizeBytes = sizeBytesOf(chunk);
      if (askedBytes > 0 && askedBytes + sizeBytes > windowBytesMax) break;
      askedBytes += sizeBytes;
      bring(chunk, (outcome) => {
        askedBytes -= sizeBytes;
        if (!outcome.here) failure ??= outcome;
        askMore();
      });
    }
    isAsking = false;
    if (askedBytes > 0) return;
    if (failure === undefined) resolve();
    else reject(failure.error);
  };

  const onAbort = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  askMore();
  return promise.finally(() => signal?.removeEventListener("abort", onAbort));
}
