/** Between dvce_image's state and the pool's images. */
import type { Image } from "@dvce/api";
import type { ImageIndex } from "@dvce/image";
import type { Partly, State } from "../../schema/infer";
import type { imageAttributes } from "./schema";

export type ImageState = State<typeof imageAttributes>;
export type ImagePlan = Partly<typeof imageAttributes>;

/** What the user says of where the content comes from. */
export interface ImageOrigin {
  readonly path: string | null;
  readonly url: string | null;
  readonly checksum: string | null;
}

/** What an index says of an image. */
export const describeIndex = (
  index: ImageIndex,
): Pick<ImageState, "version" | "size_bytes" | "data_bytes" | "chunk_count"> => ({
  version: index.version,
  size_bytes: index.sizeBytes,
  data_bytes: index.dataBytes,
  chunk_count: index.chunkCount,
});

/** The state of an image in the pool; `origin` is what the state said before, since the pool does not know it. */
export function fromImage(image: Image, origin: ImageOrigin): ImageState {
  const newest = image.versions.find(({ version }) => version === image.version);
  return {
    name: image.name,
    path: origin.path,
    url: origin.url,
    checksum: origin.checksum,
    id: image.name,
    version: image.version,
    size_bytes: newest?.sizeBytes ?? null,
    data_bytes: newest?.dataBytes ?? null,
    chunk_count: newest?.chunkCount ?? null,
  };
}
