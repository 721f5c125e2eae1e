/** What the fill workers are asked and what they answer. */
import type { Codec, Digest } from "@dvce/image";
import type { ErrorCode } from "@dvce/api";

/** Bytes of a chunk that go to a file: `lengthBytes` from `offsetInChunk` to `offsetBytes` of the file. */
export interface FillWrite {
  readonly offsetInChunk: number;
  readonly lengthBytes: number;
  readonly offsetBytes: number;
}

/** One chunk, and where its bytes go. */
export interface FillItem {
  /** Open for writing. */
  readonly targetFd: number;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly codec: Codec;
  readonly payloadBytes: number;
  /** An open file and where in it the payload lies; without it, the payload is the next of the job's `payloads`. */
  readonly place?: { readonly fd: number; readonly payloadOffsetBytes: number };
  /** Three numbers for each {@link FillWrite}, in the order of its fields: threads are sent these in a fifth of the time. */
  readonly writes: readonly number[];
}

export interface FillJob {
  readonly items: readonly FillItem[];
  readonly payloads?: Uint8Array<ArrayBuffer>;
}

/**
 * `written`: the chunk was verified and its bytes are in the file, though not yet safe from a power cut. `bad`: it does not
 * have its digest, or cannot be read; nothing of it was written. `unwritten`: verified, but the file did not take it.
 */
export type FillOutcome =
  | { readonly kind: "written" }
  | { readonly kind: "bad"; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: "unwritten"; readonly message: string; readonly data: Uint8Array<ArrayBuffer> };
