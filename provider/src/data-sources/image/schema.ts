import { digestSchema, nameSchema } from "@dvce/api";
import { nestedList, number, string, type Schema } from "../../schema/attribute";

export const imageReplicaAttributes = {
  node: string("computed", { description: "Name of a node that has some of the version." }),
  present_bytes: number("computed", { description: "Bytes of the version's chunks that it has." }),
};

export const imageVersionAttributes = {
  version: string("computed", { description: "Digest of the content." }),
  state: string("computed", {
    description: "complete, or announced while its chunks are not all in the pool.",
  }),
  size_bytes: number("computed", { description: "Size of the disk that a guest sees, in bytes." }),
  data_bytes: number("computed", { description: "Bytes of its unique chunks before compression." }),
  chunk_count: number("computed", { description: "Number of its unique chunks." }),
  created_at: string("computed", { description: "When the pool first heard of it, RFC 3339." }),
  lost_chunks: number("computed", { description: "Chunks of which no node has a good copy." }),
  replicas: nestedList("computed", imageReplicaAttributes, {
    description: "Which nodes have how much of it, by name.",
  }),
};

export const imageDataAttributes = {
  name: string("required", { description: "Name of the image in the pool.", check: nameSchema }),
  version: string("optionalComputed", {
    description: "The version to look at. Default: the newest.",
    check: digestSchema,
  }),
  id: string("computed", { description: "The image's name." }),
  newest: string("computed", { description: "The version that the name stands for now." }),
  size_bytes: imageVersionAttributes.size_bytes,
  data_bytes: imageVersionAttributes.data_bytes,
  chunk_count: imageVersionAttributes.chunk_count,
  replicas: imageVersionAttributes.replicas,
  versions: nestedList("computed", imageVersionAttributes, {
    description: "Every version of the image, newest first.",
  }),
};

export const imageDataSchema = {
  version: 0,
  description:
    "An image of the pool that another configuration, or dvce image push, has brought in: its versions, and where they are.",
  attributes: imageDataAttributes,
} satisfies Schema;
