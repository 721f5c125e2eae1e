import {
  architectureSchema,
  domainTypeSchema,
  labelsSchema,
  resourcesSchema,
  type NodeRegistration,
} from "@dvce/api";
import { z } from "zod";
import { flagColumn, jsonColumn } from "./columns";
import type { Database } from "./database";

const rowSchema = z.object({
  name: z.string(),
  agentUrl: z.string(),
  architecture: architectureSchema,
  domainType: domainTypeSchema,
  labels: jsonColumn(labelsSchema),
  capacity: jsonColumn(resourcesSchema),
  linkBytesPerSecond: z.number().nullable(),
  epoch: z.number(),
  cordoned: flagColumn,
  draining: flagColumn,
  fenced: flagColumn,
  lastSeenMs: z.number().nullable(),
});

/** What outlives a controller of a node: who it is and what an operator decided about it. */
export type NodeRow = z.infer<typeof rowSchema>;

const columns = `name, agent_url AS agentUrl, architecture, domain_type AS domainType, labels, capacity,
  link_bytes_per_second AS linkBytesPerSecond, epoch, cordoned, draining, fenced, last_seen_ms AS lastSeenMs`;

export class NodesTable {
  constructor(private readonly database: Database) {}

  list(): NodeRow[] {
    return this.database.all(rowSchema, `SELECT ${columns} FROM nodes ORDER BY name`);
  }

  get(name: string): NodeRow | undefined {
    return this.database.first(rowSchema, `SELECT ${columns} FROM nodes WHERE name = ?`, name);
  }

  /** Inserts or renews a node; answers its new epoch. Operator's decisions stay as they are. */
  register(name: string, node: NodeRegistration, nowMs: number): number {
    const row = this.database.first(
      z.object({ epoch: z.number() }),
      `INSERT INTO nodes (name, agent_url, architecture, domain_type, labels, capacity,
         link_bytes_per_second, epoch, last_seen_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)
       ON CONFLICT (name) DO UPDATE SET agent_url = excluded.agent_url,
         architecture = excluded.architecture, domain_type = excluded.domain_type,
         labels = excluded.labels, capacity = excluded.capacity,
         link_bytes_per_second = excluded.link_bytes_per_second,
         last_seen_ms = excluded.last_seen_ms, epoch = nodes.epoch + 1
       RETURNING epoch`,
      name,
      node.agentUrl,
      node.architecture,
      node.domainType,
      JSON.stringify(node.labels),
      JSON.stringify(node.capacity),
      node.linkBytesPerSecond,
      nowMs,
    );
    if (row === undefined) throw new Error("INSERT … RETURNING answered no row");
    return row.epoch;
  }

  setCordoned(name: string, cordoned: boolean): void {
    this.database.run("UPDATE nodes SET cordoned = ? WHERE name = ?", cordoned ? 1 : 0, name);
  }

  setDraining(name: string, draining: boolean): void {
    this.database.run("UPDATE nodes SET draining = ? WHERE name = ?", draining ? 1 : 0, name);
  }

  /** Fencing also moves the epoch on, so that reports sent before it are refused. */
  fence(name: string): void {
    this.database.run("UPDATE nodes SET fenced = 1, epoch = epoch + 1 WHERE name = ?", name);
  }

  unfence(name: string): void {
    this.database.run("UPDATE nodes SET fenced = 0 WHERE name = ?", name);
  }

  delete(name: string): void {
    this.database.run("DELETE FROM nodes WHERE name = ?", name);
  }

  setLastSeen(name: string, nowMs: number): void {
    this.database.run("UPDATE nodes SET last_seen_ms = ? WHERE name = ?", nowMs, name);
  }
}
