import { z } from "zod";
import { bytesSchema, digestSchema, nameSchema, timestampSchema } from "./common";

/** Where every node keeps volumes and seeds; fixed for the pool, so paths are known at plan. */
export const volumeDirectory = "/var/lib/dvce/volumes";
/** The libvirt storage pool (type dir) over {@link volumeDirectory} that every agent defines. */
export const volumePoolName = "dvce";

/** Path of a volume's qcow2 overlay on its node. `domain` is `<cluster>-<member>`. */
export const volumePath = (domain: string): string => `${volumeDirectory}/${domain}.qcow2`;
/** Path of a volume's NoCloud seed on its node. */
export const seedPath = (domain: string): string => `${volumeDirectory}/${domain}-seed.iso`;

/** What becomes the NoCloud seed. */
export const seedSpecSchema = z.object({
  hostname: nameSchema,
  /** cloud-config or any other user data that cloud-init takes; empty for none. */
  userData: z
    .string()
    .max(16 * 1024 * 1024)
    .default(""),
  sshAuthorizedKeys: z
    .array(z.string().max(16 * 1024))
    .max(1000)
    .default([]),
});

export const createVolumeSchema = z.object({
  cluster: nameSchema,
  member: nameSchema,
  /** Where the caller expects the committed placement to be; anything else is refused. */
  node: nameSchema,
  seed: seedSpecSchema,
});

/** What the controller orders of a node's agent. */
export const agentCreateVolumeSchema = z.object({
  domain: z.string(),
  version: digestSchema,
  sizeBytes: bytesSchema,
  seed: seedSpecSchema,
  /** The node with the retired disk whose contents the volume is to have; left out for a new, empty one. */
  contents: z.object({ node: nameSchema, agentUrl: z.url() }).optional(),
});

/**
 * `hydrated`: the whole version is on the node, so the volume needs no peer. `waiting`: for the boot to be over.
 * `hydrating`: the rest is being fetched. `paused`: no source gives it now. `off`: this node does not hydrate.
 */
export const hydrationStateSchema = z.enum(["hydrated", "waiting", "hydrating", "paused", "off"]);

export const hydrationSchema = z.object({
  state: hydrationStateSchema,
  /** Image bytes of the version's unique chunks that the node has, before compression. */
  presentBytes: bytesSchema,
  /** Image bytes of all of them. */
  totalBytes: bytesSchema,
});

export const agentVolumeSchema = z.object({
  domain: z.string(),
  version: digestSchema,
  sizeBytes: bytesSchema,
  path: z.string(),
  seedPath: z.string(),
  /** SHA-256 of the seed specification's canonical JSON, to see drift without keeping secrets. */
  seedDigest: digestSchema,
  createdAt: timestampSchema,
  /** Image bytes of this version that the node fetched from peers since the volume was made. */
  fetchedBytes: bytesSchema,
  /** How much of the version behind the volume is on the node. */
  hydration: hydrationSchema,
});

export const volumeSchema = agentVolumeSchema.extend({
  cluster: nameSchema,
  member: nameSchema,
  node: nameSchema,
  /** When the node was first seen to have the whole version; null before. */
  hydratedAt: timestampSchema.nullable(),
});

export const volumeListSchema = z.object({ volumes: z.array(volumeSchema) });

export type SeedSpec = z.infer<typeof seedSpecSchema>;
export type CreateVolume = z.infer<typeof createVolumeSchema>;
export type AgentCreateVolume = z.infer<typeof agentCreateVolumeSchema>;
export type HydrationState = z.infer<typeof hydrationStateSchema>;
export type Hydration = z.infer<typeof hydrationSchema>;
export type AgentVolume = z.infer<typeof agentVolumeSchema>;
export type Volume = z.infer<typeof volumeSchema>;
