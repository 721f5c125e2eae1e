import { nameSchema } from "@dvce/api";
import { z } from "zod";
import { bool, number, string, type Schema } from "../../schema/attribute";
import { timeouts, type TimeLimits } from "../../schema/time-limits";

/** Sending an image takes as long as its bytes and the slowest link say. */
export const imageTimeLimits: TimeLimits = { create: "6h", read: "2m", update: "6h", delete: "5m" };

export const imageAttributes = {
  name: string("required", {
    description: "Name of the image in the pool.",
    replaces: true,
    check: nameSchema,
  }),
  path: string("optional", {
    description: "File on the machine that runs Terraform, raw or qcow2. Exactly one of path and url.",
    check: z.string().min(1, "must name a file"),
  }),
  url: string("optional", {
    description: "Where to download the image, raw or qcow2. Needs checksum. Exactly one of path and url.",
    check: z.url({ protocol: /^https?$/, error: "must be an http or https address" }),
  }),
  checksum: string("optional", {
    description: "SHA-256 of the file as it lies at path or url, e.g. sha256:<64 hex digits>.",
    check: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "must be 'sha256:' and 64 lower-case hex digits, as sha256sum prints"),
  }),
  deletion_protection: bool("optional", {
    description:
      "Terraform cannot destroy the image until this is applied as false. Default false. Images that clusters use " +
      "cannot be deleted anyway.",
  }),
  timeouts: timeouts(imageTimeLimits),
  id: string("computed", { description: "The image's name." }),
  version: string("computed", {
    description: "Digest of the image's content. Known at plan, because the provider reads the file then.",
  }),
  size_bytes: number("computed", { description: "Size of the disk that a guest sees, in bytes." }),
  data_bytes: number("computed", {
    description:
      "Bytes of the image's unique chunks before compression; holes and zero blocks count nothing.",
  }),
  chunk_count: number("computed", { description: "Number of unique chunks." }),
};

export const imageSchema = {
  version: 0,
  description:
    "A disk image, cut into chunks that the pool's hosts store. Planning reads the file; applying sends the " +
    "chunks that the pool lacks.",
  attributes: imageAttributes,
} satisfies Schema;
