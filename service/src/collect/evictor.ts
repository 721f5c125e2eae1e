/**
 * Drops replicas with the controller's approval. In this order, so that at no time a replica is counted that may be gone:
 * stop counting, ask, drop what was approved and what nobody came to count on meanwhile, count the rest again. A crash or a
 * lost answer at any point leaves the chunks here, and they are reported again.
 */
import type { ChunkBitmap, ImageIndex } from "@dvce/image";
import type { Inventory } from "../agent/inventory";
import type { ChunkStore } from "../store";

export interface EvictorOptions {
  readonly store: Pick<ChunkStore, "delete">;
  readonly inventory: Pick<Inventory, "leave" | "stillLeaving" | "stay" | "dropped">;
  /**
   * Asks the controller. Calls `leave` in the very step in which the request gets its number among the node's reports.
   * Answers what is approved.
   */
  readonly ask: (version: string, bitmap: ChunkBitmap, leave: () => void) => Promise<ChunkBitmap>;
}

export class Evictor {
  readonly #options: EvictorOptions;

  constructor(options: EvictorOptions) {
    this.#options = options;
  }

  /** Answers how many chunks were dropped. Throws what asking and the store throw, having dropped nothing. */
  async evict(index: ImageIndex, wanted: ChunkBitmap): Promise<number> {
    const { store, inventory, ask } = this.#options;
    const digests = digestsIn(index, wanted);
    try {
      const approved = await ask(index.version, wanted, () => inventory.leave(digests));
      // Not one more than was asked for, whatever was answered.
      const going = inventory.stillLeaving(digestsIn(index, approved.and(wanted)));
      await store.delete(going); // the first thing that it does, without waiting, is to drop them
      inventory.dropped(inventory.stillLeaving(going));
      return going.length;
    } finally {
      inventory.stay(digests);
    }
  }
}

function digestsIn(index: ImageIndex, bitmap: ChunkBitmap): string[] {
  const digests: string[] = [];
  for (let chunk = 0; chunk < bitmap.length; chunk++)
    if (bitmap.has(chunk)) digests.push(index.chunkDigest(chunk));
  return digests;
}
