/** What the origin has: the image, its data in forms that the peers of this benchmark serve, and another to fetch before it. */
import { open, rm, writeFile, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import {
  ChunkWorkers,
  decodeChunk,
  encodeBatchRecord,
  ingestImage,
  openImageSource,
  type ImageIndex,
} from "@dvce/image";
import { openPackStore, storeSink, type ChunkStore } from "../../service/src/store";

export interface StoredImages {
  readonly index: ImageIndex;
  /** Bytes of the image's unique chunks as they are stored and sent. */
  readonly encodedBytes: number;
  /** An image like it that shares no chunk with it. */
  readonly earlier: ImageIndex;
}

/** So much of the image is in the earlier one: enough that the code which fetches it has become as fast as it gets. */
const earlierBytesMax = 256 * 1024 * 1024;

/** An image is a disk. 4096 bytes without a partition table, in a sector as boot loaders end theirs. */
const bootSector = Buffer.alloc(4096, 0xff);
bootSector.writeUInt16BE(0x55aa, 510);

/** Fills the origin's store in `directory`, and `image.raw`, `chunks` and `index` beside it, as plain-process.ts serves them. */
export async function storeImages(imagePath: string, directory: string): Promise<StoredImages> {
  const file = (name: string) => join(directory, name);
  const store = await openPackStore(join(directory, "origin", "data", "store"));
  const workers = new ChunkWorkers();
  const index = await ingest(imagePath, store, workers);
  const raw = await open(file("image.raw"), "w");
  const chunks = await open(file("chunks"), "w");
  const other = await open(file("earlier.raw"), "w");
  let encodedBytes = 0;
  let otherBytes = (await other.write(bootSector)).bytesWritten;
  for (let i = 0; i < index.chunkCount; i++) {
    const chunk = await store.get(index.chunkDigest(i));
    if (chunk === undefined) throw new Error(`chunk ${i} was not stored`);
    encodedBytes += chunk.payload.length;
    const data = decodeChunk(chunk);
    await raw.write(data);
    await chunks.write(encodeBatchRecord(chunk));
    if (otherBytes < earlierBytesMax) otherBytes += await writeInverted(other, data);
  }
  for (const one of [raw, chunks, other]) await one.close();
  const earlier = await ingest(file("earlier.raw"), store, workers);
  await rm(file("earlier.raw"));
  await workers.close();
  await store.close();
  await writeFile(file("index"), index.encode());
  return { index, encodedBytes, earlier };
}

async function ingest(path: string, store: ChunkStore, workers: ChunkWorkers): Promise<ImageIndex> {
  const source = await openImageSource(path);
  const index = await ingestImage(source, storeSink(store), { workers });
  await source.close();
  return index;
}

/** Every bit the other way round: other bytes, which compress as well. */
async function writeInverted(to: FileHandle, data: Buffer): Promise<number> {
  return (await to.write(data.map((byte) => ~byte))).bytesWritten;
}
