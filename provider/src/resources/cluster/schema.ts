import {
  architectureSchema,
  clusterSpecSchema,
  constraintsSchema,
  digestSchema,
  labelsSchema,
  nameSchema,
  onMoveSchema,
} from "@dvce/api";
import { z } from "zod";
import { bool, list, map, nestedMap, number, string, type Schema } from "../../schema/attribute";
import { timeouts, type TimeLimits } from "../../schema/time-limits";

const whole = (least: number, most: number): z.ZodType => {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.number(error).int(error).min(least, error).max(most, error);
};

const oneOf = (values: readonly string[]): z.ZodType => {
  const quoted = values.map((value) => JSON.stringify(value));
  return z
    .string()
    .refine((text) => values.includes(text), `must be ${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`);
};

/** Placing is quick; what waits is a controller that is busy. */
export const clusterTimeLimits: TimeLimits = { create: "5m", read: "2m", update: "5m", delete: "5m" };

export const memberAttributes = {
  version: string("required", {
    description: "Version of the member's image, from dvce_image.",
    check: digestSchema,
  }),
  vcpus: number("required", { description: "Virtual processors.", check: whole(1, 512) }),
  memory_mib: number("required", { description: "Memory in MiB.", check: whole(64, 16 * 1024 * 1024) }),
  disk_gib: number("required", {
    description: "Size of the member's volume in GiB; at least the image's size.",
    check: whole(1, 1024 * 1024),
  }),
};

export const placementAttributes = {
  domain: string("computed", { description: "Name of the member's libvirt domain: <cluster>-<member>." }),
  node: string("computed", { description: "Node that the member is placed on." }),
  domain_type: string("computed", { description: "Type for the libvirt domain: kvm or qemu." }),
  missing_bytes: number("computed", {
    description: "Bytes of the image that the node lacked when the member was placed.",
  }),
  estimated_seconds: number("computed", {
    description: "Time to fetch the missing bytes at the node's link rate; null when the rate is unknown.",
  }),
  reason: string("computed", { description: "Why this node, in words." }),
  alternatives: list("computed", "string", {
    description:
      "The best of the nodes that the member does not go to, best first, and why, in words. Null for a member that was " +
      "imported.",
  }),
  volume_path: string("computed", { description: "Path of the member's volume on its node." }),
  seed_path: string("computed", { description: "Path of the member's cloud-init seed on its node." }),
};

export const clusterAttributes = {
  name: string("required", {
    description: "Name of the cluster in the pool.",
    replaces: true,
    check: nameSchema,
  }),
  members: nestedMap("required", memberAttributes, {
    description: "The cluster's virtual machines by name.",
    check: z
      .record(nameSchema, z.unknown())
      .refine((members) => Object.keys(members).length >= 1, "must hold at least one member")
      .refine((members) => Object.keys(members).length <= 1000, "must hold at most 1000 members"),
  }),
  anti_affinity: bool("optional", {
    description: "No two members of this cluster on one node. Default false.",
  }),
  node_selector: map("optional", "string", {
    description: "Labels that a node must carry to hold a member.",
    check: labelsSchema,
  }),
  max_skew: map("optional", "number", {
    description:
      "By label, such as zone or rack: how many more members nodes of one value of that label may hold than nodes of " +
      "any other value. Nodes without the label hold none.",
    check: z
      .record(z.string(), whole(1, 1000))
      .refine(
        (skews) => constraintsSchema.shape.maxSkew.safeParse(skews).success,
        "must name labels of 1 to 63 characters",
      ),
  }),
  architecture: string("optional", {
    description: "Members go to nodes of this architecture only: x86_64 or aarch64. Default: any.",
    check: oneOf(architectureSchema.options),
  }),
  rebalance: string("optional", {
    description:
      "Free text. The plan in which it changes places every member afresh, and moves those for whom it pays; without " +
      "it members stay where they are.",
    check: clusterSpecSchema.shape.rebalance.unwrap().unwrap(),
  }),
  on_move: string("optional", {
    description:
      "What becomes of the disk of a member that has to move to another node. recreate: it gets a new, empty one. " +
      "restore: its node copies what the old one holds. forbid: the plan fails and says who would move. Default recreate.",
    check: oneOf(onMoveSchema.options),
  }),
  deletion_protection: bool("optional", {
    description:
      "The cluster cannot be destroyed, neither by Terraform nor otherwise, until this is applied as false. Default false.",
  }),
  timeouts: timeouts(clusterTimeLimits),
  id: string("computed", { description: "The cluster's name." }),
  placements: nestedMap("computed", placementAttributes, {
    description: "Where each member goes, by member name. Known at plan; apply places exactly so, or fails.",
  }),
};

export const clusterSchema = {
  version: 0,
  description:
    "Members of a cluster and where the pool places them. Placing needs the fewest bytes moved; the plan " +
    "shows each member's node, the bytes that it lacks, and why it was chosen.",
  attributes: clusterAttributes,
} satisfies Schema;
