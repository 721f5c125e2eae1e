import { z } from "zod";
import { blobColumn, flagColumn, jsonColumn } from "./columns";
import type { Database } from "./database";

const rowSchema = z.object({
  version: z.string(),
  sizeBytes: z.number(),
  dataBytes: z.number(),
  chunkCount: z.number(),
  targets: jsonColumn(z.array(z.string())),
  complete: flagColumn,
  createdMs: z.number(),
});

/** One immutable state of an image: its index, and the nodes that hold its replicas. */
export type VersionRow = z.infer<typeof rowSchema>;

const columns = `version, size_bytes AS sizeBytes, data_bytes AS dataBytes, chunk_count AS chunkCount,
  targets, complete, created_ms AS createdMs`;

export class VersionsTable {
  constructor(private readonly database: Database) {}

  get(version: string): VersionRow | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM versions WHERE version = ?`, version);
  }

  list(): VersionRow[] {
    return this.database.all(rowSchema, `SELECT ${columns} FROM versions ORDER BY version`);
  }

  digests(): string[] {
    const rows = this.database.all(
      z.object({ version: z.string() }),
      "SELECT version FROM versions ORDER BY version",
    );
    return rows.map((row) => row.version);
  }

  indexBytes(version: string): Buffer | undefined {
    return this.database.first(
      z.object({ bytes: blobColumn }),
      "SELECT index_bytes AS bytes FROM versions WHERE version = ?",
      version,
    )?.bytes;
  }

  insert(row: Omit<VersionRow, "complete">, indexBytes: Buffer, expiresMs: number): void {
    this.database.run(
      `INSERT INTO versions (version, index_bytes, size_bytes, data_bytes, chunk_count, targets, created_ms,
         expires_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      row.version,
      indexBytes,
      row.sizeBytes,
      row.dataBytes,
      row.chunkCount,
      JSON.stringify(row.targets),
      row.createdMs,
      expiresMs,
    );
  }

  setTargets(version: string, targets: readonly string[]): void {
    this.database.run("UPDATE versions SET targets = ? WHERE version = ?", JSON.stringify(targets), version);
  }

  /** Moves the expiry of a version that is only announced; a complete one has none. */
  renew(version: string, expiresMs: number): void {
    this.database.run(
      "UPDATE versions SET expires_ms = ? WHERE version = ? AND complete = 0",
      expiresMs,
      version,
    );
  }

  setComplete(version: string): void {
    this.database.run("UPDATE versions SET complete = 1, expires_ms = NULL WHERE version = ?", version);
  }

  /** Drops what was announced and never completed in time; answers what it dropped. */
  deleteExpired(nowMs: number): string[] {
    const rows = this.database.all(
      z.object({ version: z.string() }),
      "DELETE FROM versions WHERE complete = 0 AND expires_ms <= ? RETURNING version",
      nowMs,
    );
    return rows.map((row) => row.version);
  }

  delete(version: string): void {
    this.database.run("DELETE FROM versions WHERE version = ?", version);
  }
}
