import { z } from "zod";
import { jsonColumn } from "./columns";
import type { Database } from "./database";

const rowSchema = z.object({
  id: z.number(),
  atMs: z.number(),
  kind: z.string(),
  node: z.string().nullable(),
  image: z.string().nullable(),
  version: z.string().nullable(),
  cluster: z.string().nullable(),
  domain: z.string().nullable(),
  detail: jsonColumn(z.record(z.string(), z.unknown())),
});

export type EventRow = z.infer<typeof rowSchema>;

/** Append-only: triggers refuse to change or drop a row. */
export class EventsTable {
  constructor(private readonly database: Database) {}

  insert(event: Omit<EventRow, "id">): void {
    this.database.run(
      `INSERT INTO events (at_ms, kind, node, image, version, cluster, domain, detail)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      event.atMs,
      event.kind,
      event.node,
      event.image,
      event.version,
      event.cluster,
      event.domain,
      JSON.stringify(event.detail),
    );
  }

  /** Oldest first. */
  list(): EventRow[] {
    return this.database.all(
      rowSchema,
      `SELECT id, at_ms AS atMs, kind, node, image, version, cluster, domain, detail FROM events ORDER BY id`,
    );
  }
}
