/** `dvce image import NAME FILE.caibx --store DIR`: an image that casync or desync cut, with its chunks as they are. */
import { DvceError, type ImageVersion } from "@dvce/api";
import {
  checkDiskHead,
  decodeChunk,
  diskHeadSizeBytes,
  pushVersion,
  type EncodedChunk,
  type ImageIndex,
} from "@dvce/image";
import { readFile, stat } from "node:fs/promises";
import { Caibx, caibxSizeBytesMax, ChunkDirectory, indexOfCaibx } from "../../casync";
import { openClient, type ClientFlags } from "../client";
import { print, progressBar, ProgressLine } from "../output";
import { describePushed } from "./push";

export interface ImportFlags extends ClientFlags {
  readonly store: string;
}

/** Chunks read and decompressed at a time. */
const readsAtATime = 64;

export async function importImage(name: string, file: string, flags: ImportFlags): Promise<void> {
  const index = indexOfCaibx(Caibx.decode(await readIndex(file)));
  const store = await ChunkDirectory.open(flags.store);
  checkDiskHead(await readHead(index, store), index.sizeBytes, `What ${file} describes`);
  const client = await openClient(flags);
  const line = new ProgressLine();
  let version: ImageVersion;
  try {
    version = await pushVersion(client, {
      image: name,
      index,
      send: async (missing, put) => {
        let numbers: number[] = [];
        const flush = async (): Promise<void> => {
          const read = (chunk: number): Promise<EncodedChunk> =>
            store.read(index.chunkDigest(chunk), index.chunkSizeBytes(chunk));
          const chunks = await Promise.all(numbers.map(read));
          numbers = [];
          await put(chunks);
        };
        for (let chunk = 0; chunk < index.chunkCount; chunk++) {
          if (missing.has(chunk)) numbers.push(chunk);
          if (numbers.length === readsAtATime) await flush();
        }
        await flush();
      },
      onProgress: ({ sentBytes, totalBytes }) => line.show(`send ${progressBar(sentBytes, totalBytes)}`),
    });
  } finally {
    line.end();
  }
  print(version, () => describePushed(name, version), flags.json);
}

/** The beginning of the image. */
async function readHead(index: ImageIndex, store: ChunkDirectory): Promise<Buffer> {
  const head = Buffer.alloc(Math.min(index.sizeBytes, diskHeadSizeBytes));
  for (const { chunk, offsetBytes, offsetInChunk } of index.extents(0, head.length)) {
    if (chunk < 0) continue;
    const data = decodeChunk(await store.read(index.chunkDigest(chunk), index.chunkSizeBytes(chunk)));
    data.copy(head, offsetBytes, offsetInChunk);
  }
  return head;
}

async function readIndex(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > caibxSizeBytesMax)
      throw new DvceError("DVCE_CAIBX_INVALID", `${file} has ${size} of at most ${caibxSizeBytesMax} bytes.`);
    return await readFile(file);
  } catch (error) {
    if (error instanceof DvceError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new DvceError("DVCE_INPUT_INVALID", `Unable to read ${file}: ${why}.`, { cause: error });
  }
}
