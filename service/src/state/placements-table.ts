import { domainTypeSchema, type MemberSpec, type Placement } from "@dvce/api";
import { z } from "zod";
import type { Database } from "./database";

const rowSchema = z.object({
  cluster: z.string(),
  member: z.string(),
  domain: z.string(),
  node: z.string(),
  version: z.string(),
  vcpus: z.number(),
  memoryMiB: z.number(),
  diskBytes: z.number(),
  domainType: domainTypeSchema,
  missingBytes: z.number(),
  estimatedSeconds: z.number().nullable(),
  reason: z.string(),
});

/** A committed member: where it is, what it takes there, and what the plan said. */
export type PlacementRow = z.infer<typeof rowSchema>;

const columns = `cluster, member, domain, node, version, vcpus, memory_mib AS memoryMiB,
  disk_bytes AS diskBytes, domain_type AS domainType, missing_bytes AS missingBytes,
  estimated_seconds AS estimatedSeconds, reason`;

export class PlacementsTable {
  constructor(private readonly database: Database) {}

  list(): PlacementRow[] {
    return this.database.all(rowSchema, `SELECT ${columns} FROM placements ORDER BY cluster, member`);
  }

  ofCluster(cluster: string): PlacementRow[] {
    return this.database.all(
      rowSchema,
      `SELECT ${columns} FROM placements WHERE cluster = ? ORDER BY member`,
      cluster,
    );
  }

  get(domain: string): PlacementRow | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM placements WHERE domain = ?`, domain);
  }

  /** Replaces all of a cluster's placements. Call inside a transaction. */
  replace(cluster: string, members: readonly { spec: MemberSpec; placement: Placement }[]): void {
    this.database.run("DELETE FROM placements WHERE cluster = ?", cluster);
    for (const { spec, placement } of members) {
      this.database.run(
        `INSERT INTO placements (cluster, member, domain, node, version, vcpus, memory_mib, disk_bytes,
           domain_type, missing_bytes, estimated_seconds, reason)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        cluster,
        spec.name,
        placement.domain,
        placement.node,
        spec.version,
        spec.vcpus,
        spec.memoryMiB,
        spec.diskBytes,
        placement.domainType,
        placement.missingBytes,
        placement.estimatedSeconds,
        placement.reason,
      );
    }
  }
}
