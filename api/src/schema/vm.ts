import { z } from "zod";
import { nameSchema, timestampSchema } from "./common";
import { hydrationSchema } from "./volume";

/** A domain that the gateway routes: where it is and when it was last started through the gateway. */
export const vmSchema = z.object({
  domain: z.string(),
  /** Any 128 bits: libvirt keeps what a user gave, whether or not it names a variant of RFC 9562. */
  uuid: z.guid(),
  node: nameSchema,
  cluster: nameSchema.nullable(),
  startedAt: timestampSchema.nullable(),
  /** Of the domain's volume; null for a domain without one. */
  hydration: hydrationSchema.nullable(),
});

export const vmListSchema = z.object({ vms: z.array(vmSchema) });

/** The end of a domain's serial console log. */
export const consoleTailSchema = z.object({
  text: z.string(),
  /** Size of the whole log, to see growth. */
  totalBytes: z.number().int().nonnegative(),
});

export type Vm = z.infer<typeof vmSchema>;
export type ConsoleTail = z.infer<typeof consoleTailSchema>;
