import { DvceError, type ImageVersion } from "@dvce/api";
import type { DataSource } from "../../resources/resource";
import type { State } from "../../schema/infer";
import { imageDataSchema, type imageDataAttributes, type imageVersionAttributes } from "./schema";

export const imageDataSource: DataSource<typeof imageDataAttributes> = {
  typeName: "dvce_image",
  schema: imageDataSchema,
  thing: "the image",
  async read({ name, version: wanted }, context) {
    const image = await context.client().getImage(name);
    const versions = [...image.versions]
      .sort((one, other) => (one.createdAt > other.createdAt ? -1 : 1))
      .map(toState);
    const shown = versions.find(({ version }) => version === (wanted ?? image.version));
    if (shown === undefined) {
      throw new DvceError(
        "DVCE_VERSION_NOT_FOUND",
        `The image ${JSON.stringify(name)} has no version ${wanted ?? image.version}. Leave version out for the newest, or ` +
          `give one of: ${versions.map(({ version }) => version).join(", ")}.`,
      );
    }
    const { version, size_bytes, data_bytes, chunk_count, replicas } = shown;
    return {
      name,
      version,
      id: name,
      newest: image.version,
      size_bytes,
      data_bytes,
      chunk_count,
      replicas,
      versions,
    };
  },
};

const toState = (version: ImageVersion): State<typeof imageVersionAttributes> => ({
  version: version.version,
  state: version.state,
  size_bytes: version.sizeBytes,
  data_bytes: version.dataBytes,
  chunk_count: version.chunkCount,
  created_at: version.createdAt,
  lost_chunks: version.lostChunks.length,
  replicas: [...version.replicas]
    .sort((one, other) => (one.node < other.node ? -1 : 1))
    .map(({ node, presentBytes }) => ({ node, present_bytes: presentBytes })),
});
