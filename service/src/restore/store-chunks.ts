import { DvceError } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import type { ChunkStore } from "../store/chunk-store";
import type { RestoreChunk } from "./restore-image";

/**
 * All chunks of an image out of this machine's store, for `restoreImage`: as places that its threads read, where the store
 * can name those.
 *
 * @throws DvceError `DVCE_CHUNK_MISSING`
 */
export async function* storeChunks(
  store: Pick<ChunkStore, "locate" | "get">,
  index: ImageIndex,
): AsyncGenerator<RestoreChunk, void, undefined> {
  for (let chunk = 0; chunk < index.chunkCount; chunk++) {
    const digest = index.chunkDigest(chunk);
    const place = store.locate(digest);
    if (place !== undefined) {
      yield { chunk, source: { digest, place: plain(place) }, release: () => place.release() };
      continue;
    }
    const source = await store.get(digest);
    if (source === undefined) {
      throw new DvceError(
        "DVCE_CHUNK_MISSING",
        `Chunk ${digest} of version ${index.version} is not in this store.`,
      );
    }
    yield { chunk, source };
  }
}

/** Without its method, as threads cannot be sent one. */
function plain({
  fd,
  offsetBytes,
  payloadOffsetBytes,
  payloadBytes,
  sizeBytes,
  codec,
}: NonNullable<ReturnType<ChunkStore["locate"]>>) {
  return { fd, offsetBytes, payloadOffsetBytes, payloadBytes, sizeBytes, codec };
}
