/** What threads are asked that decode chunks of this node's packs into base files. */
import type { EncodedChunk } from "@dvce/image";

/** Answered by a result for each. */
export type FillJobs = readonly FillJob[];

export interface FillJob extends Omit<EncodedChunk, "payload"> {
  /** Descriptor of the pack, and where the chunk's payload lies in it. */
  readonly packFd: number;
  readonly payloadOffsetBytes: number;
  readonly payloadBytes: number;
  /** Descriptor of the base file. */
  readonly fd: number;
  /** What goes where: for each extent its offset in the chunk, its length and its offset in the image, in bytes. */
  readonly extents: readonly number[];
}

export type FillResult =
  | { readonly kind: "written" }
  /** The stored bytes are not the chunk's. */
  | { readonly kind: "damaged"; readonly message: string }
  /** The base file did not take them; the verified bytes. */
  | { readonly kind: "unwritten"; readonly data: Uint8Array<ArrayBuffer>; readonly message: string };
