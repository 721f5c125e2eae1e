/** Path parameters that several resources share. */
import { digestSchema, nameSchema } from "@dvce/api";
import { z } from "zod";

export const nameParameter = z.object({ name: nameSchema });
export const versionParameter = z.object({ version: digestSchema });
/** libvirt's domain names are free text; members' are `<cluster>-<member>`. */
export const domainParameter = z.object({ domain: z.string().min(1).max(255) });

/** Answer 204. */
export const noContent = z.undefined().describe("done");
