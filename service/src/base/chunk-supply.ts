/** Where a base file gets its chunks from: this node's packs first, then whoever has them. */
import type { ImageIndex, IndexExtent } from "@dvce/image";
import type { FetchPriority } from "../peers/fetch-priority";

/** Extents' bytes lie in the file; or the chunk is not in this node's packs; or the file did not take them. */
export type DecodeOutcome = "written" | "absent" | { readonly data: Buffer; readonly error: unknown };

export interface ChunkSupply {
  /** Whether this node's own packs have the chunk. */
  isLocal(index: ImageIndex, chunk: number): boolean;
  /**
   * Decodes a chunk of this node's own packs, verified, and writes its extents to the open file `fd`, off this
   * thread. Damaged chunks count as absent.
   */
  decodeInto(
    fd: number,
    index: ImageIndex,
    chunk: number,
    extents: readonly IndexExtent[],
    priority: FetchPriority,
  ): Promise<DecodeOutcome>;
  /**
   * Whether the open file `fd` holds the whole chunk, by its digest, from `offsetBytes` on; read and compared off this thread.
   */
  isIn(
    fd: number,
    index: ImageIndex,
    chunk: number,
    offsetBytes: number,
    priority: FetchPriority,
  ): Promise<boolean>;
  /** The chunk's verified bytes from wherever they are. Throws `DVCE_CHUNK_MISSING` after a deadline. */
  read(index: ImageIndex, chunk: number, priority: FetchPriority): Promise<Buffer>;
  /** A chunk that is being got is now wanted with a higher priority. */
  hurry(index: ImageIndex, chunk: number, priority: FetchPriority): void;
}
