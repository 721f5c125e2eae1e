import { z } from "zod";

export const roleSchema = z.enum(["admin", "operator", "planner", "node", "viewer"]);

/** The controller's token file: a list of these. Only the token's SHA-256 is kept. */
export const tokenRecordSchema = z.object({
  name: z.string().min(1).max(63),
  role: roleSchema,
  tokenSha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const tokenFileSchema = z.object({ tokens: z.array(tokenRecordSchema) });

/** Who a token belongs to. */
export const identitySchema = z.object({ name: z.string(), role: roleSchema });

export type TokenIdentity = z.infer<typeof identitySchema>;
export type Role = z.infer<typeof roleSchema>;
export type TokenRecord = z.infer<typeof tokenRecordSchema>;
