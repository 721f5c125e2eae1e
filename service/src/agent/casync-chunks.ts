/**
 * The pool's images as casync sees them: chunks by their digests, each a zstd frame, and an index of each version.
 *
 * A chunk that is not here comes from a peer, since every version that this node knows names it. Chunks that exist nowhere
 * (of zeros, and of regions that are cut afresh) are made of the image's bytes when they are asked for; see
 * casync/image-chunks.ts. Which those are is found once for a version, and kept: a few entries, but for versions whose
 * extents are parts of chunks.
 */
import { decodeChunkAsync } from "@dvce/image";
import { promisify } from "node:util";
import { constants, zstdCompress, type ZstdOptions } from "node:zlib";
import { encodeCaibx, imageChunks, madeChunks } from "../casync";
import type { ChunkReader } from "../peers/chunk-reader";
import type { KnownVersion, KnownVersions } from "./known-versions";
import type { LocalChunks } from "./local-chunks";

const compress = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);
const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface CasyncChunksOptions {
  readonly local: Pick<LocalChunks, "get" | "has">;
  readonly reader: Pick<ChunkReader, "read">;
  readonly versions: Pick<KnownVersions, "all">;
}

/** A part of an image. */
interface Place {
  readonly offsetBytes: number;
  readonly sizeBytes: number;
}

export class CasyncChunks {
  readonly #options: CasyncChunksOptions;
  /** Made chunks of each version by digest. */
  readonly #made = new WeakMap<KnownVersion, Promise<ReadonlyMap<string, Place>>>();

  constructor(options: CasyncChunksOptions) {
    this.#options = options;
  }

  /** Whether some version that this node knows has the chunk. */
  async has(digest: string): Promise<boolean> {
    return this.#options.local.has(digest) || (await this.#find(digest)) !== undefined;
  }

  /**
   * The chunk as one zstd frame, its bytes verified; undefined when no known version has it.
   *
   * @throws DvceError `DVCE_CHUNK_MISSING` when no node gives it within the deadline of reads
   */
  async read(digest: string): Promise<Buffer | undefined> {
    const local = await this.#options.local.get(digest);
    const known = local === undefined || local.codec === "raw" ? await this.#find(digest) : undefined;
    if (local !== undefined) {
      try {
        const data = await decodeChunkAsync(local);
        return local.codec === "zstd" ? local.payload : await compress(data, level);
      } catch {
        // Its bytes are damaged: the reader fetches it from a peer, and the store has it afresh.
      }
    }
    const found = known ?? (await this.#find(digest));
    return found === undefined ? undefined : compress(await found(), level);
  }

  /** The version's `.caibx` in pieces. What is cut afresh for it is read from this node or its peers. */
  caibx(version: KnownVersion): AsyncGenerator<Buffer, void, undefined> {
    const { index } = version;
    return encodeCaibx(
      index.chunking,
      imageChunks(index, (at, length) => this.#readImage(version, at, length)),
    );
  }

  /** How to get a chunk's bytes from whichever known version has it. */
  async #find(digest: string): Promise<(() => Promise<Buffer>) | undefined> {
    const key = Buffer.from(digest, "hex");
    const versions = this.#options.versions.all();
    for (const version of versions) {
      const number = version.numberOf(key);
      if (number >= 0) return () => this.#options.reader.read(version.index, number);
    }
    for (const version of versions) {
      const place = (await this.#madeOf(version)).get(digest);
      if (place !== undefined) return () => this.#readImage(version, place.offsetBytes, place.sizeBytes);
    }
    return undefined;
  }

  #madeOf(version: KnownVersion): Promise<ReadonlyMap<string, Place>> {
    const known = this.#made.get(version);
    if (known !== undefined) return known;
    const making = this.#make(version);
    this.#made.set(version, making);
    making.catch(() => this.#made.delete(version)); // the next who asks tries again
    return making;
  }

  async #make(version: KnownVersion): Promise<ReadonlyMap<string, Place>> {
    const places = new Map<string, Place>();
    const read = (at: number, length: number) => this.#readImage(version, at, length);
    for await (const { digest, offsetBytes, sizeBytes } of madeChunks(version.index, read))
      places.set(digest.toString("hex"), { offsetBytes, sizeBytes });
    return places;
  }

  async #readImage({ index }: KnownVersion, offsetBytes: number, lengthBytes: number): Promise<Buffer> {
    const target = Buffer.alloc(lengthBytes);
    for (const extent of index.extents(offsetBytes, lengthBytes)) {
      if (extent.chunk < 0) continue;
      const data = await this.#options.reader.read(index, extent.chunk);
      const at = extent.offsetBytes - offsetBytes;
      data.copy(target, at, extent.offsetInChunk, extent.offsetInChunk + extent.lengthBytes);
    }
    return target;
  }
}
