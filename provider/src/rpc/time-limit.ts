/** Runs an operation within its time limit. */
import { DvceError } from "@dvce/api";
import { PartialApplyError, type Context } from "../resources/resource";
import { parseDuration, timeLimitOf, type TimedOperation, type TimeLimits } from "../schema/time-limits";

/**
 * Runs `body` with a context whose signal and client also end when the operation's time is up. What `body` throws
 * after that is told as `DVCE_TIME_LIMIT`, a partial result aside, which must reach the state.
 */
export async function withinTimeLimit<R>(
  context: Context,
  operation: TimedOperation,
  value: Readonly<Record<string, unknown>>,
  defaults: TimeLimits,
  body: (context: Context) => Promise<R>,
): Promise<R> {
  const limit = timeLimitOf(operation, value, defaults);
  const limitMs = parseDuration(limit);
  if (limitMs === undefined) return body(context); // a stored state is not checked again
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), limitMs);
  const signal = AbortSignal.any([context.signal, deadline.signal]);
  try {
    return await body({ ...context, signal, client: () => context.client().withSignal(signal) });
  } catch (error) {
    if (!deadline.signal.aborted) throw error;
    const late = tooLate(operation, limit);
    throw error instanceof PartialApplyError ? new PartialApplyError(error.state, late) : late;
  } finally {
    clearTimeout(timer);
  }
}

const tooLate = (operation: TimedOperation, limit: string): DvceError =>
  new DvceError(
    "DVCE_TIME_LIMIT",
    `It was not done within ${limit}, the time limit of ${operation}. What the pool has begun it may still finish: ` +
      `plan again to see what is left. To wait longer, set timeouts = { ${operation} = "…" }.`,
  );
