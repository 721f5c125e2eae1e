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

/** What the user says of an image to Terraform alone; the pool does not know it. */
export type ImageSettings = ImageOrigin & Pick<ImageState, "deletion_protection" | "timeouts">;

/** The state of an image in the pool; `settings` are what the state said before. */
export function fromImage(image: Image, settings: ImageSettings): ImageState {
  const newest = image.versions.find(({ version }) => version === image.version);
  return {
    name: image.name,
    path: settings.path,
    url: settings.url,
    checksum: settings.checksum,
    deletion_protection: settings.deletion_protection,
    timeouts: settings.timeouts,
    id: image.name,
    version: image.version,
    size_bytes: newest?.sizeBytes ?? null,
    data_bytes: newest?.dataBytes ?? null,
    chunk_count: newest?.chunkCount ?? null,
  };
}
