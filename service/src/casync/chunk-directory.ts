/**
 * A `.castr`, casync's and desync's chunk store as a directory: each chunk a file `<first 4 hex>/<digest>.cacnk`, one zstd
 * frame; or, in stores that desync keeps uncompressed, `<first 4 hex>/<digest>` with the bytes as they are.
 */
import { DvceError } from "@dvce/api";
import { chunkSizeBytesMax, decodeChunkAsync, encodeChunkAsync, type EncodedChunk } from "@dvce/image";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";

/** A chunk that does not shrink is a frame somewhat larger than itself; no more than this is read of any file. */
export const chunkFileSizeBytesMax = chunkSizeBytesMax + 64 * 1024;

const magics: readonly [hex: string, name: string][] = [
  ["fd377a585a00", "xz"],
  ["1f8b", "gzip"],
];
const zstdMagic = "28b52ffd";

export class ChunkDirectory {
  private constructor(private readonly path: string) {}

  /** @throws DvceError `DVCE_INPUT_INVALID` when there is no such directory */
  static async open(path: string): Promise<ChunkDirectory> {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() !== true) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `There is no chunk store ${path}. Give the directory (.castr) that the index was made with.`,
      );
    }
    return new ChunkDirectory(path);
  }

  /**
   * A chunk as our stores keep it, with its bytes checked against its digest. The frame is kept as it is.
   *
   * @throws DvceError `DVCE_CHUNK_MISSING`; `DVCE_CHUNK_CORRUPT` for wrong bytes, before more than `sizeBytes` are
   *   decompressed; `DVCE_INPUT_INVALID` for compressions other than zstd
   */
  async read(digest: string, sizeBytes: number): Promise<EncodedChunk> {
    const path = join(this.path, digest.slice(0, 4), digest);
    const compressed = await readBounded(`${path}.cacnk`);
    if (compressed !== undefined) return decodeChunkFile(compressed, digest, sizeBytes);
    const plain = await readBounded(path);
    if (plain === undefined) {
      throw new DvceError(
        "DVCE_CHUNK_MISSING",
        `Chunk ${digest} is not in ${this.path}. Give the store that the index was made with, whole.`,
      );
    }
    await decodeChunkAsync({ digest, sizeBytes, codec: "raw", payload: plain });
    return encodeChunkAsync(plain, { digest });
  }
}

/** What a `.cacnk` holds, checked. Throws as {@link ChunkDirectory.read}. */
export async function decodeChunkFile(
  file: Buffer,
  digest: string,
  sizeBytes: number,
): Promise<EncodedChunk> {
  const other = magics.find(([magic]) => file.toString("hex", 0, magic.length / 2) === magic);
  if (other !== undefined && !file.subarray(0, 4).equals(Buffer.from(zstdMagic, "hex"))) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `Chunk ${digest} is compressed with ${other[1]}; DVCE reads zstd. Make the store again with 'casync make --compression=zstd'.`,
    );
  }
  const chunk: EncodedChunk = { digest, sizeBytes, codec: "zstd", payload: file };
  const data = await decodeChunkAsync(chunk);
  // Ours are zstd only where that shrinks them.
  return file.length < sizeBytes ? chunk : { digest, sizeBytes, codec: "raw", payload: data };
}

/** Undefined when there is no such file. */
async function readBounded(path: string): Promise<Buffer | undefined> {
  const handle = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (handle === undefined) return undefined;
  try {
    const { size } = await handle.stat();
    if (size > chunkFileSizeBytesMax) {
      throw new DvceError(
        "DVCE_CHUNK_CORRUPT",
        `${path} has ${size} bytes, more than any chunk of at most ${chunkSizeBytesMax} bytes takes.`,
      );
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
