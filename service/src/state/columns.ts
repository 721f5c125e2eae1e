/** Column types that several tables share: SQLite has neither booleans nor JSON values. */
import { z } from "zod";

/** 0 or 1. */
export const flagColumn = z.number().transform((value) => value !== 0);

/** JSON text, parsed and checked against `schema`. */
export function jsonColumn<S extends z.ZodType>(schema: S) {
  return z.string().transform((text): z.infer<S> => schema.parse(JSON.parse(text)));
}

/** BLOB. `node:sqlite` answers plain Uint8Arrays. */
export const blobColumn = z
  .custom<Uint8Array>((value) => ArrayBuffer.isView(value))
  .transform((view) => Buffer.from(view.buffer, view.byteOffset, view.byteLength));
