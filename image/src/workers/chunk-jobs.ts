/** What the chunk workers are asked and what they answer. */
import type { ErrorCode } from "@dvce/api";
import type { ChunkingParameters } from "../chunking/parameters";

export type ChunkJob = CutJob | EncodeJob | DecodeJob | VerifyJob;
export type ChunkAnswer = CutAnswer | EncodeAnswer | DecodeAnswer | VerifyAnswer;

/** Part of a buffer; offsets count from the buffer's start. */
export interface Range {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/** Cuts and hashes runs of image data; see chunking/cut.ts for what a run is. */
export interface CutJob {
  readonly kind: "cut";
  readonly data: SharedArrayBuffer;
  readonly runs: readonly Range[];
  readonly chunking: ChunkingParameters;
}

export interface CutAnswer {
  /** Two numbers a chunk: its offset in the data and its length. */
  readonly ranges: Uint32Array<ArrayBuffer>;
  /** 32 bytes a chunk. */
  readonly digests: Uint8Array<ArrayBuffer>;
}

/** Compresses chunks in place: to the start of `data`, one after the other. */
export interface EncodeJob {
  readonly kind: "encode";
  readonly data: SharedArrayBuffer;
  /** Two numbers a chunk: its offset in the data and its length. In order, none overlapping another. */
  readonly ranges: Uint32Array<ArrayBuffer>;
  readonly level: number;
  /** 32 bytes a chunk: what each must have. */
  readonly digests?: Uint8Array;
}

export interface EncodeAnswer {
  /** A chunk's compressed size, or 0 for one that does not shrink and so stays as it is. */
  readonly sizes: Uint32Array<ArrayBuffer>;
  /** CRC-32 of what each chunk has become. */
  readonly payloadCrcs: Uint32Array<ArrayBuffer>;
  /** The first chunk that does not have its digest. */
  readonly other: number | undefined;
}

/** Decodes and verifies chunks. */
export interface DecodeJob {
  readonly kind: "decode";
  /** Their records of a batch, side by side. */
  readonly records: Uint8Array<ArrayBuffer>;
}

export interface DecodeAnswer {
  readonly results: readonly (Uint8Array<ArrayBuffer> | Damage)[];
}

/** Verifies chunks, and gives their memory back. */
export interface VerifyJob {
  readonly kind: "verify";
  /** As in {@link DecodeJob}. */
  readonly records: Uint8Array<ArrayBuffer>;
}

export interface VerifyAnswer {
  readonly records: Uint8Array<ArrayBuffer>;
  /** CRC-32 of each chunk's payload. */
  readonly payloadCrcs: Uint32Array<ArrayBuffer>;
  readonly damaged: readonly (Damage & { readonly i: number })[];
}

/** What is wrong with a chunk. */
export interface Damage {
  readonly code: ErrorCode;
  readonly message: string;
}
