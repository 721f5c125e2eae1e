/**
 * What the agent's main thread and its NBD thread say to each other. The NBD thread asks and is answered by the
 * number of its question, except where it only tells.
 */

/** What the NBD thread is started with. */
export interface ThreadStart {
  readonly socketPath: string;
}

/** A version as the NBD thread opens it. */
export interface OpenedVersion {
  /** The version's encoded index. */
  readonly indexPath: string;
  /** The base file's raw file; undefined when there is none. */
  readonly rawPath: string | undefined;
  /** Of the base file's `Presence`. */
  readonly presence: SharedArrayBuffer;
}

/** Questions of the NBD thread and their answers. */
export interface Questions {
  /** Names of the exports. */
  names: { ask: undefined; answer: readonly string[] };
  /** Opens a version's base file; undefined when there is no such version. */
  open: { ask: string; answer: OpenedVersion | undefined };
  /** Puts extents into the base file. Answers the bytes of those that it did not take. */
  fill: {
    ask: { readonly version: string; readonly extents: readonly number[] };
    answer: ReadonlyMap<number, Uint8Array>;
  };
}

export type Question = keyof Questions;

export type FromThread =
  | { readonly kind: "ask"; readonly id: number; readonly question: Question; readonly data: unknown }
  /** The socket is there. */
  | { readonly kind: "listening" }
  /** Nothing reads the version's base file any more. */
  | { readonly kind: "released"; readonly version: string }
  /** A guest's read failed. */
  | { readonly kind: "readFailed"; readonly message: string }
  /** Extents that guests have read for the first time. */
  | { readonly kind: "reads"; readonly version: string; readonly extents: readonly number[] }
  /** Extents that a guest will soon read if it goes on as it does. */
  | { readonly kind: "ahead"; readonly version: string; readonly first: number; readonly end: number }
  | { readonly kind: "closed" };

export type ToThread =
  | { readonly kind: "answer"; readonly id: number; readonly data: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly message: string }
  /** The version's base file goes away: let it go, and open it again when it is read again. */
  | { readonly kind: "release"; readonly version: string }
  /** Close every connection and the socket. */
  | { readonly kind: "close" };
