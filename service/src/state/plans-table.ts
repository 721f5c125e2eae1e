import { memberExplanationSchema, placementSchema, type MemberExplanation, type Placement } from "@dvce/api";
import { z } from "zod";
import { jsonColumn } from "./columns";
import type { Database } from "./database";

/** What a plan was made from, as far as it binds the plan. */
const planBasisSchema = z.object({
  /** Null for a cluster that is not committed. */
  committed: z
    .object({ specDigest: z.string(), placements: z.record(z.string(), z.string()), updatedAt: z.string() })
    .nullable(),
  /** Committed nodes that members are to leave, and why. */
  left: z.record(z.string(), z.enum(["draining", "fenced", "removed"])),
});

export type PlanBasis = z.infer<typeof planBasisSchema>;

const rowSchema = z.object({
  planId: z.string(),
  cluster: z.string(),
  placements: jsonColumn(z.array(placementSchema)),
  explanations: jsonColumn(z.array(memberExplanationSchema)),
  expiresMs: z.number(),
});

/** A plan that was shown. It reserves nothing and is harmless if abandoned. */
export type PlanRow = z.infer<typeof rowSchema>;

const pastSchema = z.object({
  basis: jsonColumn(planBasisSchema),
  expiresMs: z.number(),
  voidReason: z.string().nullable(),
});

/** What is told of a plan that cannot be applied any more. */
export type PastPlan = z.infer<typeof pastSchema>;

export interface NewPlan {
  readonly planId: string;
  readonly cluster: string;
  readonly specDigest: string;
  readonly basis: PlanBasis;
  readonly placements: readonly Placement[];
  readonly explanations: readonly MemberExplanation[];
}

export class PlansTable {
  constructor(private readonly database: Database) {}

  /** The plan, if it has not expired and nothing has made it void. */
  get(planId: string, nowMs: number): PlanRow | undefined {
    return this.database.first(
      rowSchema,
      `SELECT plan_id AS planId, cluster, placements, explanations, expires_ms AS expiresMs FROM plans
       WHERE plan_id = ? AND expires_ms > ? AND void_reason IS NULL`,
      planId,
      nowMs,
    );
  }

  /** The plan of this specification that was shown last, whatever has become of it. */
  newest(cluster: string, specDigest: string): PastPlan | undefined {
    return this.database.first(
      pastSchema,
      `SELECT basis, expires_ms AS expiresMs, void_reason AS voidReason FROM plans
       WHERE cluster = ? AND spec_digest = ? ORDER BY shown_ms DESC LIMIT 1`,
      cluster,
      specDigest,
    );
  }

  put(plan: NewPlan, shownMs: number, expiresMs: number): void {
    this.database.run(
      `INSERT OR REPLACE INTO plans (plan_id, cluster, spec_digest, basis, placements, explanations, shown_ms, expires_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      plan.planId,
      plan.cluster,
      plan.specDigest,
      JSON.stringify(plan.basis),
      JSON.stringify(plan.placements),
      JSON.stringify(plan.explanations),
      shownMs,
      expiresMs,
    );
  }

  /** It was shown again. */
  renew(planId: string, shownMs: number, expiresMs: number): void {
    this.database.run(
      "UPDATE plans SET shown_ms = ?, expires_ms = ? WHERE plan_id = ?",
      shownMs,
      expiresMs,
      planId,
    );
  }

  setVoid(planId: string, reason: string): void {
    this.database.run("UPDATE plans SET void_reason = ? WHERE plan_id = ?", reason, planId);
  }

  /** What was planned from a committed state is void once that state changes. */
  setVoidOfCluster(cluster: string, reason: string): void {
    this.database.run(
      "UPDATE plans SET void_reason = ? WHERE cluster = ? AND void_reason IS NULL",
      reason,
      cluster,
    );
  }

  /** Forgets plans that expired before, void or not. */
  deleteExpired(beforeMs: number): void {
    this.database.run("DELETE FROM plans WHERE expires_ms <= ?", beforeMs);
  }
}
