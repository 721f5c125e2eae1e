/**
 * Plans as they were shown. A record makes the same question get the same answer: Terraform asks again while it applies, and
 * takes another answer for a fault. It reserves nothing, outlives restarts, and lives for a while from when it was last
 * shown. One that expired, or that something made void, is kept a little longer, to tell what happened to it.
 */
import type { ClusterSpec, ErrorDetail } from "@dvce/api";
import { basisOf, changesSince, planIdOf, specDigestOf } from "./plan-basis";
import type { CommittedCluster, PlacementDecision } from "../placement/snapshot";
import type { State } from "../state";
import { timestampOf, type Clock } from "../state/clock";
import type { PlanBasis, PlanRow } from "../state/plans-table";
import type { NodeRegistry } from "./node-registry";
import type { ControllerSettings } from "./settings";

export interface PlanRecordsParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly clock: Clock;
  readonly settings: ControllerSettings;
}

/** What is asked for, and what it is asked from. */
export interface PlanQuestion {
  readonly spec: ClusterSpec;
  readonly basis: PlanBasis;
  readonly planId: string;
}

/** How long plans that cannot be applied any more are remembered. */
const rememberedMs = 7 * 24 * 60 * 60 * 1000;

export class PlanRecords {
  constructor(private readonly parts: PlanRecordsParts) {}

  question(
    spec: ClusterSpec,
    committed: (CommittedCluster & { readonly updatedAt: string }) | undefined,
  ): PlanQuestion {
    const { state, registry } = this.parts;
    const basis = basisOf(committed, (node) =>
      state.nodes.get(node) === undefined ? undefined : registry.get(node).state,
    );
    return { spec, basis, planId: planIdOf(spec, basis) };
  }

  find({ planId }: PlanQuestion): PlanRow | undefined {
    return this.parts.state.plans.get(planId, this.parts.clock());
  }

  /** Answers when the plan that is shown now expires. */
  show({ planId }: PlanQuestion): number {
    const nowMs = this.parts.clock();
    const expiresMs = nowMs + this.parts.settings.planLifeMs;
    this.parts.state.plans.renew(planId, nowMs, expiresMs);
    return expiresMs;
  }

  /** Keeps a plan that is shown for the first time; answers when it expires. */
  keep({ planId, spec, basis }: PlanQuestion, { placements, explanations }: PlacementDecision): number {
    const { state, clock, settings } = this.parts;
    const nowMs = clock();
    const expiresMs = nowMs + settings.planLifeMs;
    const plan = {
      planId,
      cluster: spec.name,
      specDigest: specDigestOf(spec),
      basis,
      placements,
      explanations,
    };
    state.transaction(() => {
      state.plans.deleteExpired(nowMs - rememberedMs);
      state.plans.put(plan, nowMs, expiresMs);
    });
    return expiresMs;
  }

  /** The plan does not hold any more; the next one looks at the pool afresh. */
  refuse({ planId }: PlanQuestion, details: readonly ErrorDetail[]): void {
    const why = details.map(({ message }) => message).join("; ");
    this.parts.state.plans.setVoid(planId, `it was refused at ${timestampOf(this.parts.clock())}: ${why}`);
  }

  /** Call inside the transaction that changes the cluster. */
  clusterChanged(cluster: string, how: "applied" | "deleted"): void {
    const at = timestampOf(this.parts.clock());
    this.parts.state.plans.setVoidOfCluster(cluster, `the cluster was ${how} at ${at}`);
  }

  /** Why there is no plan to be applied, for {@link find} that found none. */
  whyNone({ spec, basis }: PlanQuestion): ErrorDetail[] {
    const past = this.parts.state.plans.newest(spec.name, specDigestOf(spec));
    if (past === undefined)
      return [{ message: `it was never planned as it is now, or more than a week ago` }];
    const changes = changesSince(spec.name, past.basis, basis);
    if (changes.length > 0) return changes;
    if (past.voidReason !== null) return [{ message: past.voidReason }];
    return [{ message: `the plan expired at ${timestampOf(past.expiresMs)}` }];
  }
}
