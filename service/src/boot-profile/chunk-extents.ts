import type { ImageIndex } from "@dvce/image";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Extents looked at before others get their turn: a few milliseconds. */
const extentsAtATime = 65_536;

/**
 * The extents of each chunk, chunks in the order given. Looks at every extent of the index once, since an index leads
 * from extents to chunks only, and lets other work go on meanwhile. Throws the signal's reason.
 */
export async function extentsOfChunks(
  index: Pick<ImageIndex, "extentAt" | "extentCount">,
  chunks: readonly number[],
  signal?: AbortSignal,
): Promise<number[]> {
  const extents = new Map<number, number[]>(chunks.map((chunk) => [chunk, []]));
  for (let extent = 0; extent < index.extentCount; extent++) {
    if (extent % extentsAtATime === extentsAtATime - 1) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    extents.get(index.extentAt(extent).chunk)?.push(extent);
  }
  return [...extents.values()].flat();
}
