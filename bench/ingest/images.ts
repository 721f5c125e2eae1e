/**
 * The two images of this benchmark, as raw files below `<cache>/images/ingest`:
 *
 *     sparse   8 GiB: the project's own Debian image (about half a gigabyte of data) and holes
 *     dense    2 GB without a hole or a block of zeros: what three Debian disks of the `dedup` benchmark hold, one file
 *              system behind the other: a server built from scratch, the next release, and the project's image
 *
 * Both follow from the images that they are made of, and are made again when those change.
 */
import {
  type FileHandle,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { openImageSource } from "@dvce/image";
import { execute } from "../../tools/setup/execute";
import { withLock } from "../../tools/setup/lock";
import { ensureDedupImages, type EnsureDedupImagesOptions } from "../dedup/images/images";

export interface IngestImage {
  readonly name: "sparse" | "dense";
  readonly path: string;
}

const gibibyte = 1024 ** 3;
const blockBytes = 4096;
const sparseBytes = 8 * gibibyte;
const denseBytes = Math.floor(2e9 / blockBytes) * blockBytes;
const denseParts = ["rebuilt", "next-release", "base"];

export async function ensureIngestImages(options: EnsureDedupImagesOptions): Promise<IngestImage[]> {
  const parts = await ensureDedupImages(options);
  const pathOf = (name: string): string => {
    const part = parts.find((one) => one.name === name);
    if (part === undefined) throw new Error(`there is no image ${name} in the dedup benchmark any more`);
    return part.path;
  };
  const directory = join(options.cacheDirectory, "images", "ingest");
  await mkdir(directory, { recursive: true });
  const images: readonly IngestImage[] = [
    { name: "sparse", path: join(directory, "sparse.raw") },
    { name: "dense", path: join(directory, "dense.raw") },
  ];
  return await withLock(
    join(directory, "lock"),
    () => options.say(`another process makes images in ${directory}`),
    async () => {
      for (const { name, path } of images) {
        const from = (name === "sparse" ? ["base"] : denseParts).map(pathOf);
        const stamp = await stampOf(from);
        if ((await readFile(`${path}.stamp`, "utf8").catch(() => "")) === stamp) continue;
        options.say(`making the ${name} image`);
        const temporary = `${path}.partial`;
        await rm(temporary, { force: true });
        if (name === "sparse") {
          await execute("cp", ["--sparse=always", from[0] ?? "", temporary]);
          await truncate(temporary, sparseBytes);
        } else {
          await makeDense(from, temporary);
        }
        await rename(temporary, path);
        await writeFile(`${path}.stamp`, stamp);
      }
      return [...images];
    },
  );
}

/** Changes when any of the files does. */
async function stampOf(paths: readonly string[]): Promise<string> {
  const parts = await Promise.all(
    paths.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return `${path} ${size} ${mtimeMs}`;
    }),
  );
  return `1\n${parts.join("\n")}\n`;
}

async function makeDense(parts: readonly string[], path: string): Promise<void> {
  const target = await open(path, "wx");
  try {
    // A boot sector of its own: those of the parts speak of larger disks.
    const first = Buffer.alloc(blockBytes);
    first.writeUInt16LE(0xaa55, 510);
    let at = (await target.write(first, 0, blockBytes, 0)).bytesWritten;
    for (const part of parts) at = await appendData(part, target, at);
    if (at < denseBytes)
      throw new Error(`the parts of the dense image hold ${at} bytes; ${denseBytes} are needed`);
  } finally {
    await target.close();
  }
}

/** Appends the blocks of a disk that are not zero, up to the size of the dense image; answers where they end. */
async function appendData(part: string, target: FileHandle, start: number): Promise<number> {
  const source = await openImageSource(part);
  const zero = Buffer.alloc(blockBytes);
  const data = Buffer.alloc(4 * 1024 * 1024);
  let at = start;
  try {
    for await (const extent of source.dataExtents()) {
      for (let done = 0; done < extent.lengthBytes && at < denseBytes; done += data.length) {
        const piece = data.subarray(0, Math.min(data.length, extent.lengthBytes - done));
        await source.read(extent.offsetBytes + done, piece);
        let kept = 0;
        for (
          let block = 0;
          block + blockBytes <= piece.length && at + kept < denseBytes;
          block += blockBytes
        ) {
          if (piece.compare(zero, 0, blockBytes, block, block + blockBytes) === 0) continue;
          piece.copyWithin(kept, block, block + blockBytes);
          kept += blockBytes;
        }
        await target.write(piece, 0, kept, at);
        at += kept;
      }
    }
  } finally {
    await source.close();
  }
  return at;
}
