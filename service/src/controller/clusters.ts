/**
 * Clusters: plan, commit, delete.
 *
 * A plan is recorded under the hash of (cluster, specification, committed state), so that asking again gives the
 * same answer until it expires or something is committed of the cluster. It reserves nothing. A commit checks every planned placement against the state of
 * that moment and writes all of them or none, in one transaction: of two that race for the last slot one wins. A
 * plan that was refused so is forgotten, and the next one looks at the pool afresh.
 */
import {
  DvceError,
  type Cluster,
  type ClusterPlan,
  type ClusterSpec,
  type CommitCluster,
  type Placement,
} from "@dvce/api";
import { createHash } from "node:crypto";
import type { History } from "../history/history";
import { canonicalJson, sameValue } from "../placement/canonical";
import { placeCluster } from "../placement/place-cluster";
import { compareNames, type CommittedCluster } from "../placement/snapshot";
import { verifyPlacements } from "../placement/verify";
import type { State } from "../state";
import type { ClusterRow } from "../state/clusters-table";
import { timestampOf, type Clock } from "../state/clock";
import { checkCluster } from "./cluster-rules";
import type { NodeRegistry } from "./node-registry";
import type { PoolView } from "./pool-view";
import type { ControllerSettings } from "./settings";

export interface ClustersParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly pool: PoolView;
  readonly history: History;
  readonly clock: Clock;
  readonly settings: ControllerSettings;
}

export class Clusters {
  constructor(private readonly parts: ClustersParts) {}

  list(): Cluster[] {
    return this.parts.state.clusters.list().map((row) => this.#describe(row));
  }

  /** @throws DvceError `DVCE_CLUSTER_NOT_FOUND` */
  get(name: string): Cluster {
    const row = this.parts.state.clusters.get(name);
    if (row === undefined) throw clusterNotFound(name);
    return this.#describe(row);
  }

  /**
   * Decides where each member goes, and changes nothing that anyone could be blamed for.
   *
   * @throws DvceError `DVCE_PLACEMENT_INFEASIBLE`, and what {@link checkCluster} throws
   */
  plan(spec: ClusterSpec): ClusterPlan {
    const { state, registry, clock, settings, pool } = this.parts;
    checkCluster(spec, state, registry);
    const now = clock();
    const committed = this.#committed(spec.name);
    const planId = this.#planId(spec, committed);
    const recorded = state.plans.get(planId, now);
    if (recorded !== undefined) {
      return answer(spec, planId, recorded.placements, recorded.expiresMs);
    }
    const versions = spec.members.map((member) => member.version);
    const { placements } = placeCluster(pool.snapshot(versions, spec.name), spec, committed);
    const expiresMs = now + settings.planLifeMs;
    state.plans.deleteExpired(now);
    state.plans.put(planId, spec.name, placements, expiresMs);
    return answer(spec, planId, placements, expiresMs);
  }

  /**
   * Places the cluster exactly as planned, or refuses and changes nothing. Committing what is committed already
   * changes nothing either.
   *
   * @throws DvceError `DVCE_PLAN_STALE` naming what changed; `DVCE_IMAGE_INCOMPLETE` for a version that was never
   *   pushed whole; and what {@link checkCluster} throws
   */
  commit(request: CommitCluster): Cluster {
    const { spec, placements: wanted } = request;
    const { state, registry, clock } = this.parts;
    const committed = this.#committed(spec.name);
    if (committed !== undefined && isCommitted(committed, request)) return this.get(spec.name);
    checkCluster(spec, state, registry);
    const planId = this.#planId(spec, committed);
    const plan = state.plans.get(planId, clock());
    const planned = plan?.placements ?? [];
    const details =
      plan === undefined
        ? [{ message: `the cluster was changed since it was planned, or its plan has expired` }]
        : [...differences(planned, wanted), ...this.#staleness(spec, planned, committed)];
    if (details.length > 0) {
      state.plans.delete(planId);
      throw new DvceError(
        "DVCE_PLAN_STALE",
        `The plan of cluster ${spec.name} no longer holds: ${details.map((one) => one.message).join("; ")}. ` +
          "Nothing was changed. Plan again and apply that.",
        { details },
      );
    }
    this.#requireComplete(spec);
    this.#write(spec, planned, committed);
    return this.get(spec.name);
  }

  /**
   * Idempotent.
   *
   * @throws DvceError `DVCE_CLUSTER_IN_USE` while volumes exist
   */
  delete(name: string): void {
    const { state, history, registry } = this.parts;
    if (state.clusters.get(name) === undefined) return;
    const volumes = state.volumes.ofCluster(name).filter((volume) => !registry.isFenced(volume.node));
    if (volumes.length > 0) {
      throw new DvceError(
        "DVCE_CLUSTER_IN_USE",
        `Cluster ${name} still has the volumes ${volumes.map((volume) => volume.domain).join(", ")}. Delete those first.`,
        { details: volumes.map((volume) => ({ message: `volume ${volume.domain} on ${volume.node}` })) },
      );
    }
    state.transaction(() => {
      state.plans.deleteOfCluster(name);
      for (const volume of state.volumes.ofCluster(name)) state.volumes.delete(volume.domain);
      state.clusters.delete(name);
      history.append("cluster-deleted", { cluster: name });
    });
  }

  /** What no longer holds of a plan, with the pool as it is now. */
  #staleness(spec: ClusterSpec, planned: readonly Placement[], committed: CommittedCluster | undefined) {
    const versions = spec.members.map((member) => member.version);
    return verifyPlacements(this.parts.pool.snapshot(versions, spec.name), spec, planned, committed);
  }

  #requireComplete(spec: ClusterSpec): void {
    const details = spec.members
      .filter((member) => this.parts.state.versions.get(member.version)?.complete !== true)
      .map((member) => ({
        path: ["members", member.name, "version"],
        message: `version ${member.version} was announced and not pushed`,
      }));
    if (details.length === 0) return;
    throw new DvceError(
      "DVCE_IMAGE_INCOMPLETE",
      `Cluster ${spec.name} needs images that are not whole in the pool. Push them first.`,
      { details },
    );
  }

  #write(spec: ClusterSpec, placements: readonly Placement[], committed: CommittedCluster | undefined): void {
    const { state, history, clock } = this.parts;
    const before = new Map(committed?.placements.map(({ member, node }) => [member, node]));
    const specs = new Map(spec.members.map((member) => [member.name, member]));
    state.transaction(() => {
      state.plans.deleteOfCluster(spec.name);
      state.clusters.put(spec, clock());
      state.placements.replace(
        spec.name,
        placements.flatMap((placement) => {
          const member = specs.get(placement.member);
          return member === undefined ? [] : { spec: member, placement };
        }),
      );
      for (const { member, node, domain, missingBytes, reason } of placements) {
        if (before.get(member) === node) continue;
        const version = specs.get(member)?.version;
        history.append("placed", {
          cluster: spec.name,
          domain,
          node,
          ...(version === undefined ? {} : { version }),
          detail: { missingBytes, reason },
        });
      }
    });
  }

  #committed(name: string): CommittedCluster | undefined {
    const row = this.parts.state.clusters.get(name);
    return row === undefined ? undefined : { spec: row.spec, placements: this.#placements(name) };
  }

  #placements(cluster: string): Placement[] {
    return this.parts.state.placements
      .ofCluster(cluster)
      .map(({ member, domain, node, domainType, missingBytes, estimatedSeconds, reason }) => ({
        member,
        domain,
        node,
        domainType,
        missingBytes,
        estimatedSeconds,
        reason,
        moved: null,
        warning: null,
      }));
  }

  /** Fences count as committed state: they free members from their nodes, so they call for a new plan. */
  #planId(spec: ClusterSpec, committed: CommittedCluster | undefined): string {
    const state = committed && {
      spec: canonicalSpec(committed.spec),
      placements: committed.placements.map(({ member, node }) => ({
        member,
        node,
        fenced: this.parts.registry.isFenced(node),
      })),
    };
    const text = canonicalJson([spec.name, canonicalSpec(spec), state ?? null]);
    return createHash("sha256").update(text).digest("hex");
  }

  #describe(row: ClusterRow): Cluster {
    return {
      name: row.name,
      spec: row.spec,
      placements: inOrderOf(row.spec, this.#placements(row.name)),
      updatedAt: timestampOf(row.updatedMs),
    };
  }
}

/** The order of members says nothing. */
const canonicalSpec = (spec: ClusterSpec): ClusterSpec => ({
  ...spec,
  members: [...spec.members].sort((a, b) => compareNames(a.name, b.name)),
});

function answer(
  spec: ClusterSpec,
  planId: string,
  placements: readonly Placement[],
  expiresMs: number,
): ClusterPlan {
  return {
    cluster: spec.name,
    planId,
    expiresAt: timestampOf(expiresMs),
    placements: inOrderOf(spec, placements),
  };
}

function inOrderOf(spec: ClusterSpec, placements: readonly Placement[]): Placement[] {
  const byMember = new Map(placements.map((placement) => [placement.member, placement]));
  return spec.members.flatMap((member) => byMember.get(member.name) ?? []);
}

type Wanted = readonly Pick<Placement, "member" | "node">[];

const byMember = (placements: Wanted) =>
  placements.map(({ member, node }) => ({ member, node })).sort((a, b) => compareNames(a.member, b.member));

const isCommitted = (committed: CommittedCluster, request: CommitCluster): boolean =>
  sameValue(canonicalSpec(committed.spec), canonicalSpec(request.spec)) &&
  sameValue(byMember(committed.placements), byMember(request.placements));

/** Where the caller's placements are not those that were planned. */
function differences(planned: readonly Placement[], wanted: Wanted) {
  const plannedNodes = new Map(planned.map(({ member, node }) => [member, node]));
  const wantedNodes = new Map(wanted.map(({ member, node }) => [member, node]));
  return [...new Set([...plannedNodes.keys(), ...wantedNodes.keys()])].flatMap((member) => {
    const [now, then] = [plannedNodes.get(member), wantedNodes.get(member)];
    if (now === then) return [];
    return {
      path: ["members", member],
      message: `member ${member} is planned on ${now ?? "no node"}, not on ${then ?? "no node"}`,
    };
  });
}

const clusterNotFound = (name: string) =>
  new DvceError(
    "DVCE_CLUSTER_NOT_FOUND",
    `There is no cluster ${name}; 'dvce cluster ls' lists those applied.`,
  );
