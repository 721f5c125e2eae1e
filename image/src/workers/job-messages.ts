/** What a pool and its threads say to each other. */
import { DvceError, type ErrorCode, type ErrorDetail, isDvceError } from "@dvce/api";

export interface JobMessage<Job> {
  readonly id: number;
  readonly job: Job;
}

export type JobAnswer<Result> =
  { readonly id: number; readonly result: Result } | { readonly id: number; readonly error: PlainError };

/** An error as data: classes do not survive the way between threads. */
export interface PlainError {
  readonly message: string;
  readonly stack: string | undefined;
  /** Set for a {@link DvceError}. */
  readonly code: ErrorCode | undefined;
  readonly details: readonly ErrorDetail[];
}

export function toPlainError(error: unknown): PlainError {
  const known = isDvceError(error) ? error : undefined;
  // By its fields and not its class: under jest, errors of Node's own are of another realm.
  const { message, stack } = typeof error === "object" && error !== null ? (error as Partial<Error>) : {};
  return {
    message: message ?? String(error),
    stack,
    code: known?.code,
    details: known?.details ?? [],
  };
}

/** The error again, a {@link DvceError} if it was one; its stack is that of the thread. */
export function fromPlainError(plain: PlainError): Error {
  const error =
    plain.code === undefined
      ? new Error(plain.message)
      : new DvceError(plain.code, plain.message, { details: plain.details });
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}
