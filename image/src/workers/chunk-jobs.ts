/** What the chunk workers are asked and what they answer. */
import type { ErrorCode } from "@dvce/api";
import type { ChunkingParameters } from "../chunking/parameters";
import type { Codec } from "../codec/codec";
import type { Digest } from "../digest/digest";

export type ChunkJob = CutJob | EncodeJob | DecodeJob;
export type ChunkAnswer = CutAnswer | EncodeAnswer | DecodeAnswer;

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

/** Decodes and verifies chunks whose payloads follow each other in `payloads`. */
export interface DecodeJob {
  readonly kind: "decode";
  /** Only whether the chunks are good is wanted: answered with no bytes for those that are. */
  readonly discard: boolean;
  readonly payloads: Uint8Array<ArrayBuffer>;
  readonly chunks: readonly {
    readonly digest: Digest;
    readonly sizeBytes: number;
    readonly codec: Codec;
    readonly payloadBytes: number;
  }[];
}

export interface DecodeAnswer {
  readonly results: readonly (
    Uint8Array<ArrayBuffer> | { readonly code: ErrorCode; readonly message: string }
  )[];
}
