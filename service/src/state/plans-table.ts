import { placementSchema, type Placement } from "@dvce/api";
import { z } from "zod";
import { jsonColumn } from "./columns";
import type { Database } from "./database";

const rowSchema = z.object({
  planId: z.string(),
  cluster: z.string(),
  placements: jsonColumn(z.array(placementSchema)),
  expiresMs: z.number(),
});

/** A plan that was shown. It reserves nothing and is harmless if abandoned. */
export type PlanRow = z.infer<typeof rowSchema>;

export class PlansTable {
  constructor(private readonly database: Database) {}

  /** The plan, if it has not expired. */
  get(planId: string, nowMs: number): PlanRow | undefined {
    return this.database.first(
      rowSchema,
      `SELECT plan_id AS planId, cluster, placements, expires_ms AS expiresMs FROM plans
       WHERE plan_id = ? AND expires_ms > ?`,
      planId,
      nowMs,
    );
  }

  put(planId: string, cluster: string, placements: readonly Placement[], expiresMs: number): void {
    this.database.run(
      `INSERT INTO plans (plan_id, cluster, placements, expires_ms) VALUES (?, ?, ?, ?)
       ON CONFLICT (plan_id) DO UPDATE SET placements = excluded.placements, expires_ms = excluded.expires_ms`,
      planId,
      cluster,
      JSON.stringify(placements),
      expiresMs,
    );
  }

  delete(planId: string): void {
    this.database.run("DELETE FROM plans WHERE plan_id = ?", planId);
  }

  /** What was planned from a committed state is void once that state changes. */
  deleteOfCluster(cluster: string): void {
    this.database.run("DELETE FROM plans WHERE cluster = ?", cluster);
  }

  deleteExpired(nowMs: number): void {
    this.database.run("DELETE FROM plans WHERE expires_ms <= ?", nowMs);
  }
}
