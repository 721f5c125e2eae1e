/**
 * One run of our side in a process of its own: `child.cjs ingest|restore STORE INDEX IMAGE WORKERS`.
 *
 *     ingest    IMAGE into a new pack store, its index into the file INDEX
 *     restore   INDEX back into the file IMAGE, out of the store
 */
import { readFile, writeFile } from "node:fs/promises";
import { ImageIndex, ingestImage, openImageSource } from "@dvce/image";
import { FillWorkers } from "../../service/src/fill/fill-workers";
import { restoreImage } from "../../service/src/restore/restore-image";
import { storeChunks } from "../../service/src/restore/store-chunks";
import { openPackStore, storeSink } from "../../service/src/store";

async function main([
  mode,
  directory = "",
  indexPath = "",
  path = "",
  workers,
]: readonly string[]): Promise<void> {
  const store = await openPackStore(directory);
  try {
    if (mode === "ingest") {
      const source = await openImageSource(path);
      const index = await ingestImage(source, storeSink(store));
      await source.close();
      await writeFile(indexPath, index.encode());
      return;
    }
    const index = ImageIndex.decode(await readFile(indexPath));
    const threads = new FillWorkers({ workers: Number(workers) });
    await restoreImage({ index, path, workers: threads, chunks: storeChunks(store, index) });
    await threads.close();
  } finally {
    await store.close();
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
