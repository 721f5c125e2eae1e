import { clusterSpecSchema, onMoveSchema, type ClusterSpec, type OnMove } from "@dvce/api";
import { z } from "zod";
import { jsonColumn } from "./columns";
import type { Database } from "./database";

const rowSchema = z.object({ name: z.string(), spec: jsonColumn(clusterSpecSchema), updatedMs: z.number() });

export type ClusterRow = z.infer<typeof rowSchema>;

const onMoveRowSchema = z.object({ onMove: onMoveSchema.nullable() });

const columns = "name, spec, updated_ms AS updatedMs";

export class ClustersTable {
  constructor(private readonly database: Database) {}

  list(): ClusterRow[] {
    return this.database.all(rowSchema, `SELECT ${columns} FROM clusters ORDER BY name`);
  }

  get(name: string): ClusterRow | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM clusters WHERE name = ?`, name);
  }

  /** One setting, without reading the whole specification: each volume of a cluster asks for it. */
  onMove(name: string): OnMove | undefined {
    const row = this.database.first(
      onMoveRowSchema,
      "SELECT json_extract(spec, '$.onMove') AS onMove FROM clusters WHERE name = ?",
      name,
    );
    // Specifications of earlier versions do not say it.
    return row && (row.onMove ?? "recreate");
  }

  put(spec: ClusterSpec, nowMs: number): void {
    this.database.run(
      `INSERT INTO clusters (name, spec, updated_ms) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, updated_ms = excluded.updated_ms`,
      spec.name,
      JSON.stringify(spec),
      nowMs,
    );
  }

  /** Its placements go with it. */
  delete(name: string): void {
    this.database.run("DELETE FROM clusters WHERE name = ?", name);
  }
}
