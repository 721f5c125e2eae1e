import { errorCatalogue, type ErrorCode } from "./catalogue";

/** What travels over the wire for a failed request; see {@link errorBodySchema}. */
export interface ErrorDetail {
  /** Path into the caller's input, e.g. `["members", "web-0", "image"]`. */
  readonly path?: readonly (string | number)[];
  readonly message: string;
}

export interface DvceErrorOptions {
  readonly cause?: unknown;
  /** One entry for each part of the input, or each node, that the error speaks of. */
  readonly details?: readonly ErrorDetail[];
}

/** A typed operating error from the catalogue. Broken invariants throw plain `Error`s and end the process. */
export class DvceError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];

  constructor(code: ErrorCode, message: string, options: DvceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "DvceError";
    this.code = code;
    this.details = options.details ?? [];
  }

  /** HTTP status from the catalogue. */
  get status(): number {
    return errorCatalogue[this.code].status;
  }

  /** Whether the same request can succeed later without the caller changing anything. */
  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }
}

/** True when `value` is a {@link DvceError}, narrowed to `code` if one is given. */
export function isDvceError(value: unknown, code?: ErrorCode): value is DvceError {
  return value instanceof DvceError && (code === undefined || value.code === code);
}
