import { z } from "zod";
import type { Database } from "./database";

const rowSchema = z.object({
  domain: z.string(),
  uuid: z.string(),
  node: z.string(),
  /** The cluster whose member it was when it was defined; null for a domain that no cluster declares. */
  cluster: z.string().nullable(),
  /** What it takes of the node's capacity where no placement there says so; 0 when unknown. */
  vcpus: z.number(),
  memoryMiB: z.number(),
  startedMs: z.number().nullable(),
});

/** A domain that was defined or found through the gateway. */
export type VmRow = z.infer<typeof rowSchema>;

const columns = "domain, uuid, node, cluster, vcpus, memory_mib AS memoryMiB, started_ms AS startedMs";

export class VmsTable {
  constructor(private readonly database: Database) {}

  list(): VmRow[] {
    return this.database.all(rowSchema, `SELECT ${columns} FROM vms ORDER BY domain`);
  }

  get(domain: string): VmRow | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM vms WHERE domain = ?`, domain);
  }

  byUuid(uuid: string): VmRow | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM vms WHERE uuid = ?`, uuid);
  }

  /** Replaces whatever had this name or this UUID. */
  put(row: VmRow): void {
    this.database.run(
      `INSERT OR REPLACE INTO vms (domain, uuid, node, cluster, vcpus, memory_mib, started_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      row.domain,
      row.uuid,
      row.node,
      row.cluster,
      row.vcpus,
      row.memoryMiB,
      row.startedMs,
    );
  }

  setStarted(uuid: string, startedMs: number): void {
    this.database.run("UPDATE vms SET started_ms = ? WHERE uuid = ?", startedMs, uuid);
  }

  delete(uuid: string): void {
    this.database.run("DELETE FROM vms WHERE uuid = ?", uuid);
  }
}
