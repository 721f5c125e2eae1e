import { digestSchema, nameSchema, seedSpecSchema } from "@dvce/api";
import { z } from "zod";
import { list, number, string, type Schema } from "../../schema/attribute";
import { timeouts, type TimeLimits } from "../../schema/time-limits";

/** A new disk is made in seconds; one whose member moved is copied from node to node. */
export const volumeTimeLimits: TimeLimits = { create: "1h", read: "2m", update: "5m", delete: "10m" };

export const volumeAttributes = {
  cluster: string("required", {
    description: "Name of the cluster, from dvce_cluster.",
    replaces: true,
    check: nameSchema,
  }),
  member: string("required", { description: "Name of the member.", replaces: true, check: nameSchema }),
  node: string("required", {
    description: "Node that the member is placed on, from dvce_cluster's placements.",
    replaces: true,
    check: nameSchema,
  }),
  version: string("required", {
    description: "Version of the image under the volume; the same as the member's.",
    replaces: true,
    check: digestSchema,
  }),
  disk_gib: number("required", {
    description: "Size of the volume in GiB; the same as the member's.",
    replaces: true,
    check: z.number().int("must be a whole number").min(1, "must be at least 1"),
  }),
  user_data: string("optional", {
    description: "cloud-config, or other user data that cloud-init takes.",
    sensitive: true,
    replaces: true,
    check: seedSpecSchema.shape.userData,
  }),
  ssh_authorized_keys: list("optional", "string", {
    description: "Public SSH keys that may log in as the image's default user.",
    replaces: true,
    check: seedSpecSchema.shape.sshAuthorizedKeys,
  }),
  hostname: string("optionalComputed", {
    description: "Host name that the guest takes. Default: the member's name.",
    replaces: true,
    check: nameSchema,
  }),
  timeouts: timeouts(volumeTimeLimits),
  id: string("computed", { description: "Name of the member's libvirt domain: <cluster>-<member>." }),
  path: string("computed", { description: "Path of the volume on its node." }),
  seed_path: string("computed", { description: "Path of the cloud-init seed on its node." }),
  created_at: string("computed", { description: "When the volume was made, RFC 3339." }),
};

export const volumeSchema = {
  version: 0,
  description:
    "A member's writable disk on its node, over the image's chunks, and the cloud-init seed beside it. A change " +
    'of any attribute makes a new, empty disk; of the node alone, in a cluster with on_move = "restore", one with the ' +
    "old one's contents.",
  attributes: volumeAttributes,
} satisfies Schema;
