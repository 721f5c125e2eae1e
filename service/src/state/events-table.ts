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

/** Events at or after `sinceMs` and before `untilMs`; undefined is unbounded. */
export interface EventRange {
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
}

const columns = "id, at_ms AS atMs, kind, node, image, version, cluster, domain, detail";

/** By name or by any version that the image has or had. Takes the name three times, then the range. */
const ofImageInRange = `(image = ? OR version IN (
    SELECT version FROM image_versions WHERE image = ?
    UNION SELECT version FROM events WHERE image = ? AND version IS NOT NULL))
  AND at_ms >= ? AND at_ms < ?`;

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
    return this.database.all(rowSchema, `SELECT ${columns} FROM events ORDER BY id`);
  }

  /** How many events of a kind there were at or after a time, by node. */
  countByNode(kind: string, sinceMs: number): Map<string, number> {
    const rows = this.database.all(
      z.object({ node: z.string(), count: z.number() }),
      `SELECT node, count(*) AS count FROM events
       WHERE kind = ? AND at_ms >= ? AND node IS NOT NULL GROUP BY node`,
      kind,
      sinceMs,
    );
    return new Map(rows.map(({ node, count }) => [node, count]));
  }

  /** The newest `limit` events of an image and its versions, newest first, and how many older ones the range has. */
  ofImage(image: string, range: EventRange, limit: number): { events: EventRow[]; olderEvents: number } {
    const bounds = [range.sinceMs ?? 0, range.untilMs ?? Number.MAX_SAFE_INTEGER] as const;
    const events = this.database.all(
      rowSchema,
      `SELECT ${columns} FROM events WHERE ${ofImageInRange} ORDER BY id DESC LIMIT ?`,
      image,
      image,
      image,
      ...bounds,
      limit,
    );
    const counted = this.database.first(
      z.object({ count: z.number() }),
      `SELECT count(*) AS count FROM events WHERE ${ofImageInRange}`,
      image,
      image,
      image,
      ...bounds,
    );
    return { events, olderEvents: (counted?.count ?? events.length) - events.length };
  }
}
