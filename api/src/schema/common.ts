import { z } from "zod";

/** SHA-256 in lower-case hex. Names a chunk by its bytes, or a version by its encoded index. */
export const digestSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/, "must be a SHA-256 digest: 64 lower-case hex digits");

/** Names of nodes, images, clusters and members: DNS labels, since they become host and domain names. */
export const nameSchema = z
  .string()
  .min(1)
  .max(63)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    "must be 1 to 63 of a-z, 0-9 and '-', starting and ending with a letter or digit",
  );

/** Names a pool, or a state of its catalogue; random. */
export const poolIdSchema = z.string().regex(/^[0-9a-f]{32}$/, "must be 32 lower-case hex digits");

export const labelsSchema = z.record(z.string().min(1).max(63), z.string().max(253));

export const timestampSchema = z.iso.datetime();

/** Bytes as a safe integer. */
export const bytesSchema = z.number().int().nonnegative();

/** `domain type=` of libvirt. `kvm` only where a node has proved that it boots guests. */
export const domainTypeSchema = z.enum(["kvm", "qemu"]);

export const architectureSchema = z.enum(["x86_64", "aarch64"]);

export const errorBodySchema = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    requestId: z.string().optional(),
    details: z
      .array(z.object({ path: z.array(z.union([z.string(), z.number()])).optional(), message: z.string() }))
      .default([]),
  }),
});

export type ErrorBody = z.infer<typeof errorBodySchema>;
export type DomainType = z.infer<typeof domainTypeSchema>;
export type Architecture = z.infer<typeof architectureSchema>;
