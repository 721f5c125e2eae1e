/** Makes the indexes of a store anew from its packs alone, when no process has it open. */
import { join } from "node:path";
import { type CheckOptions, mustBeStore, packNumbers } from "./check";
import { lockDirectory } from "./directory-lock";
import { packFileName } from "./format";
import { openPackStore } from "./pack-store";
import type { StoreDamage } from "./recover";
import { scanPack } from "./scan";
import { removeSidecar, type SidecarRecord, writeSidecar } from "./sidecar";
import { nodeStoreFiles } from "./store-files";

export interface RebuiltIndex {
  readonly packs: number;
  readonly chunks: number;
  /** Places that hold no valid record. */
  readonly damage: readonly StoreDamage[];
}

/** Throws `DVCE_NOT_FOUND` when there is no store, `DVCE_STORE_LOCKED` when a process has it open. */
export async function rebuildIndex(directory: string, options: CheckOptions = {}): Promise<RebuiltIndex> {
  await mustBeStore(directory);
  const files = options.files ?? nodeStoreFiles;
  const damage: StoreDamage[] = [];
  const lock = lockDirectory(directory);
  let numbers: number[];
  try {
    numbers = await packNumbers(files, directory);
    const sizes = await Promise.all(
      numbers.map((number) => files.sizeBytes(join(directory, packFileName(number)))),
    );
    const totalBytes = sizes.reduce((sum, bytes) => sum + bytes, 0);
    let doneBytes = 0;
    for (const [i, pack] of numbers.entries()) {
      const packSizeBytes = sizes[i] ?? 0;
      await removeSidecar(files, directory, pack);
      // The newest may have a torn tail, which the opening below cuts off before it writes the index.
      if (i < numbers.length - 1) {
        const file = await files.open(join(directory, packFileName(pack)), "write");
        try {
          const records: SidecarRecord[] = [];
          const { damagedBytes, endBytes } = await scanPack(file, packSizeBytes, ({ digest, ...place }) =>
            records.push({ digest: Buffer.from(digest), ...place }),
          );
          const badBytes = damagedBytes + packSizeBytes - endBytes;
          if (badBytes > 0) damage.push({ pack, message: `${badBytes} bytes hold no valid record` });
          await file.sync();
          await writeSidecar(files, directory, pack, packSizeBytes, records);
        } finally {
          await file.close();
        }
      }
      doneBytes += packSizeBytes;
      options.onProgress?.({ doneBytes, totalBytes });
    }
  } finally {
    lock.release();
  }
  const store = await openPackStore(directory, { files, onDamage: (found) => damage.push(found) });
  const chunks = store.chunkCount;
  await store.close();
  return { packs: numbers.length, chunks, damage };
}
