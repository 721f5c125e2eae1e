import { z } from "zod";
import { bytesSchema, digestSchema, nameSchema, timestampSchema } from "./common";
import { lostChunksMax } from "./health";

/** `announced`: its index is known (perhaps only to a plan). `complete`: every chunk is on its replicas. */
export const versionStateSchema = z.enum(["announced", "complete"]);

export const versionReplicaSchema = z.object({
  node: nameSchema,
  /** Image bytes (before compression) of the version's unique chunks that the node has. */
  presentBytes: bytesSchema,
});

export const imageVersionSchema = z.object({
  version: digestSchema,
  image: nameSchema,
  state: versionStateSchema,
  /** Size of the disk that a guest sees. */
  sizeBytes: bytesSchema,
  /** Image bytes of the version's unique chunks, before compression. Holes and zero blocks count nothing. */
  dataBytes: bytesSchema,
  chunkCount: z.number().int().nonnegative(),
  createdAt: timestampSchema,
  replicas: z.array(versionReplicaSchema),
  /** Chunks of which every copy in the pool is bad: reads of them fail until the image is pushed again. */
  lostChunks: z.array(digestSchema).max(lostChunksMax),
});

export const imageSchema = z.object({
  name: nameSchema,
  /** The version committed last. */
  version: digestSchema,
  versions: z.array(imageVersionSchema),
});

export const imageListSchema = z.object({ images: z.array(imageSchema) });

export const newestVersionSchema = z.object({ version: digestSchema });

/** Answer to an announced index: where its chunks go, and which of them the targets still lack. */
export const announcedVersionSchema = imageVersionSchema.extend({
  /** Nodes that will hold the replicas; fixed when the version is first announced. */
  targets: z.array(nameSchema),
  /** Bit i is unique chunk i of the index; set when at least one target lacks it. */
  missing: z.base64(),
  /** What the caller should be told although the announcement was taken, e.g. fewer targets than replicas. */
  warning: z.string().optional(),
});

export const commitVersionSchema = z.object({ image: nameSchema });

export const chunksStoredSchema = z.object({ stored: z.number().int().nonnegative() });

/** Who can serve a version's chunks; asked by agents. */
export const versionSourcesSchema = z.object({
  /** A name of the version, for messages. */
  image: nameSchema.optional(),
  /** As in the version: nobody can serve these. */
  lostChunks: z.array(digestSchema).max(lostChunksMax).optional(),
  sources: z.array(
    z.object({
      node: nameSchema,
      agentUrl: z.url(),
      /** As in the heartbeat's inventory. */
      bitmap: z.base64(),
    }),
  ),
  /** Nodes that fetch the version now, the one that asks included: they divide its chunks among themselves. */
  fetchers: z.array(z.object({ node: nameSchema, agentUrl: z.url() })).default([]),
});

export type VersionState = z.infer<typeof versionStateSchema>;
export type VersionReplica = z.infer<typeof versionReplicaSchema>;
export type ImageVersion = z.infer<typeof imageVersionSchema>;
export type Image = z.infer<typeof imageSchema>;
export type AnnouncedVersion = z.infer<typeof announcedVersionSchema>;
export type CommitVersion = z.infer<typeof commitVersionSchema>;
export type VersionSources = z.infer<typeof versionSourcesSchema>;
