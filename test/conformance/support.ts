import { execFile } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import {
  type ChunkingParameters,
  type ChunkSink,
  decodeChunk,
  type ImageIndex,
  ingestImage,
  openImageSource,
} from "@dvce/image";

export const run = promisify(execFile);

/** Writes a sparse raw disk with a boot signature and the given pieces of data. */
export async function writeRawDisk(
  path: string,
  sizeBytes: number,
  pieces: readonly { readonly at: number; readonly data: Buffer }[],
): Promise<void> {
  const file = await open(path, "w");
  await file.truncate(sizeBytes);
  for (const { at, data } of pieces) await file.write(data, 0, data.length, at);
  await file.write(Buffer.from([0x55, 0xaa]), 0, 2, 510);
  await file.close();
}

/** The index of an image, and the disk put together again from its chunks. */
export async function indexAndRebuild(
  path: string,
  chunking?: ChunkingParameters,
): Promise<{ index: ImageIndex; disk: Buffer }> {
  const source = await openImageSource(path);
  const chunks = new Map<string, Buffer>();
  const sink: ChunkSink = {
    missing: (digests) => Promise.resolve(digests.filter((digest) => !chunks.has(digest))),
    async put(encoded) {
      for (const chunk of encoded) chunks.set(chunk.digest, Buffer.from(decodeChunk(chunk)));
    },
  };
  const index = await ingestImage(source, sink, chunking === undefined ? {} : { chunking });
  await source.close();
  const disk = Buffer.alloc(index.sizeBytes);
  for (const extent of index.extents(0, index.sizeBytes)) {
    const chunk = index.chunks[extent.chunk];
    if (chunk === undefined) continue;
    const data = chunks.get(chunk.digest);
    if (data === undefined) throw new Error(`chunk ${chunk.digest} was not handed out`);
    data.copy(disk, extent.offsetBytes, extent.offsetInChunk, extent.offsetInChunk + extent.lengthBytes);
  }
  return { index, disk };
}

/** What QEMU reads from an image. */
export async function readWithQemu(path: string, scratch: string): Promise<Buffer> {
  await run("qemu-img", ["convert", "-O", "raw", path, scratch]);
  return readFile(scratch);
}
