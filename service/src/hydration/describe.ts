import type { Hydration, HydrationState } from "@dvce/api";
import type { ChunkBitmap, ImageIndex } from "@dvce/image";

export interface HydrationFacts {
  readonly index: ImageIndex;
  /** Chunks that the node's store holds durably. */
  readonly stored: ChunkBitmap;
  /** The base file holds everything. */
  readonly whole: boolean;
  /** What goes on while something is missing. */
  readonly state: HydrationState;
}

/** A version's hydration on this node: hydrated when every byte of it can be read without a peer. */
export function describeHydration({ index, stored, whole, state }: HydrationFacts): Hydration {
  const totalBytes = index.dataBytes;
  // Counting bits is quick; adding up the sizes of a large index's chunks is not.
  const complete = whole || stored.count() === index.chunkCount;
  const presentBytes = complete ? totalBytes : totalBytes - stored.missingBytes(index);
  return { state: presentBytes === totalBytes ? "hydrated" : state, presentBytes, totalBytes };
}
