import { z } from "zod";
import type { Database } from "./database";

const rowSchema = z.object({
  domain: z.string(),
  cluster: z.string(),
  node: z.string(),
  version: z.string(),
  sizeBytes: z.number(),
  seedDigest: z.string(),
  awaited: z.number().transform((value) => value !== 0),
});

/** A disk that a node keeps although its volume is deleted. `awaited`: a new volume was to have its contents. */
export type RetiredDiskRow = z.infer<typeof rowSchema>;

const columns = `domain, cluster, node, version, size_bytes AS sizeBytes, seed_digest AS seedDigest, awaited`;

/** One for each domain: of several that were retired one after another, the last. */
export class RetiredDisksTable {
  constructor(private readonly database: Database) {}

  get(domain: string): RetiredDiskRow | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM retired_disks WHERE domain = ?`, domain);
  }

  put(disk: Omit<RetiredDiskRow, "awaited">): void {
    this.database.run(
      `INSERT OR REPLACE INTO retired_disks (domain, cluster, node, version, size_bytes, seed_digest, awaited)
       VALUES (?, ?, ?, ?, ?, ?, 0)`,
      disk.domain,
      disk.cluster,
      disk.node,
      disk.version,
      disk.sizeBytes,
      disk.seedDigest,
    );
  }

  setAwaited(domain: string): void {
    this.database.run("UPDATE retired_disks SET awaited = 1 WHERE domain = ?", domain);
  }

  /** Those whose member is gone, or has a volume again. */
  obsolete(): RetiredDiskRow[] {
    return this.database.all(
      rowSchema,
      `SELECT ${columns} FROM retired_disks AS disk
       WHERE NOT EXISTS (SELECT 1 FROM placements WHERE placements.domain = disk.domain)
          OR EXISTS (SELECT 1 FROM volumes WHERE volumes.domain = disk.domain)
       ORDER BY domain`,
    );
  }

  delete(domain: string): void {
    this.database.run("DELETE FROM retired_disks WHERE domain = ?", domain);
  }
}
