import { hydrationSchema, type Volume } from "@dvce/api";
import { z } from "zod";
import { jsonColumn } from "./columns";
import type { Database } from "./database";

const rowSchema = z.object({
  domain: z.string(),
  cluster: z.string(),
  member: z.string(),
  node: z.string(),
  version: z.string(),
  sizeBytes: z.number(),
  path: z.string(),
  seedPath: z.string(),
  seedDigest: z.string(),
  createdAt: z.string(),
  fetchedBytes: z.number(),
  hydration: jsonColumn(hydrationSchema),
  hydratedAt: z.string().nullable(),
});

const columns = `domain, cluster, member, node, version, size_bytes AS sizeBytes, path,
  seed_path AS seedPath, seed_digest AS seedDigest, created_at AS createdAt, fetched_bytes AS fetchedBytes,
  hydration, hydrated_at AS hydratedAt`;

/** Volumes as their nodes last described them. */
export class VolumesTable {
  constructor(private readonly database: Database) {}

  list(): Volume[] {
    return this.database.all(rowSchema, `SELECT ${columns} FROM volumes ORDER BY domain`);
  }

  ofCluster(cluster: string): Volume[] {
    return this.database.all(
      rowSchema,
      `SELECT ${columns} FROM volumes WHERE cluster = ? ORDER BY domain`,
      cluster,
    );
  }

  /** Those whose node was never seen to have the whole version. */
  notHydrated(): Volume[] {
    return this.database.all(
      rowSchema,
      `SELECT ${columns} FROM volumes WHERE hydrated_at IS NULL ORDER BY domain`,
    );
  }

  setHydratedAt(domain: string, timestamp: string): void {
    this.database.run("UPDATE volumes SET hydrated_at = ? WHERE domain = ?", timestamp, domain);
  }

  get(domain: string): Volume | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM volumes WHERE domain = ?`, domain);
  }

  byPath(path: string): Volume | undefined {
    return this.database.first(
      rowSchema,
      `SELECT ${columns} FROM volumes WHERE path = ? OR seed_path = ?`,
      path,
      path,
    );
  }

  put(volume: Volume): void {
    this.database.run(
      `INSERT OR REPLACE INTO volumes (domain, cluster, member, node, version, size_bytes, path, seed_path,
         seed_digest, created_at, fetched_bytes, hydration, hydrated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      volume.domain,
      volume.cluster,
      volume.member,
      volume.node,
      volume.version,
      volume.sizeBytes,
      volume.path,
      volume.seedPath,
      volume.seedDigest,
      volume.createdAt,
      volume.fetchedBytes,
      JSON.stringify(volume.hydration),
      volume.hydratedAt,
    );
  }

  delete(domain: string): void {
    this.database.run("DELETE FROM volumes WHERE domain = ?", domain);
  }
}
