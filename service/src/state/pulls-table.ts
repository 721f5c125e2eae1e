import { pullPhaseSchema } from "@dvce/api";
import { z } from "zod";
import type { Database } from "./database";

const rowSchema = z.object({
  id: z.string(),
  image: z.string(),
  url: z.string(),
  checksum: z.string(),
  phase: pullPhaseSchema,
  node: z.string().nullable(),
  version: z.string().nullable(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
  startedMs: z.number(),
});

/** A pull, under way or over. How far a phase is stands nowhere: the nodes tell. */
export type PullRow = z.infer<typeof rowSchema>;

const columns =
  "id, image, url, checksum, phase, node, version, error_code AS errorCode, error_message AS errorMessage, " +
  "started_ms AS startedMs";

export class PullsTable {
  constructor(private readonly database: Database) {}

  /** Youngest first. */
  list(): PullRow[] {
    return this.database.all(rowSchema, `SELECT ${columns} FROM pulls ORDER BY started_ms DESC, id`);
  }

  get(id: string): PullRow | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM pulls WHERE id = ?`, id);
  }

  put(row: PullRow): void {
    this.database.run(
      `INSERT INTO pulls (id, image, url, checksum, phase, node, version, error_code, error_message, started_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET phase = excluded.phase, node = excluded.node, version = excluded.version,
         error_code = excluded.error_code, error_message = excluded.error_message, started_ms = excluded.started_ms`,
      row.id,
      row.image,
      row.url,
      row.checksum,
      row.phase,
      row.node,
      row.version,
      row.errorCode,
      row.errorMessage,
      row.startedMs,
    );
  }

  /** Drops what is over and started before. */
  deleteEnded(startedBeforeMs: number): void {
    this.database.run(
      "DELETE FROM pulls WHERE phase IN ('done', 'failed') AND started_ms < ?",
      startedBeforeMs,
    );
  }
}
