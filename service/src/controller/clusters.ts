/**
 * Clusters: plan, commit, delete.
 *
 * A plan is recorded (plan-records.ts), so that asking again gives the same answer. A commit checks every planned placement
 * against the state of that moment and writes all of them or none, in one transaction: of two that race for the last slot
 * one wins. A plan that was refused so is void, and the next one looks at the pool afresh.
 */
import {
  DvceError,
  type Cluster,
  type ClusterPlan,
  type ClusterSpec,
  type CommitCluster,
  type ErrorDetail,
  type Placement,
} from "@dvce/api";
import type { History } from "../history/history";
import { sameValue } from "../placement/canonical";
import { stateInWords } from "../placement/filter/readiness";
import { placeCluster } from "../placement/place-cluster";
import { compareNames, type CommittedCluster, type PoolSnapshot } from "../placement/snapshot";
import { verifyPlacements } from "../placement/verify";
import type { State } from "../state";
import type { ClusterRow } from "../state/clusters-table";
import { timestampOf, type Clock } from "../state/clock";
import { checkCluster } from "./cluster-rules";
import type { NodeRegistry } from "./node-registry";
import { canonicalSpec } from "./plan-basis";
import type { PlanRecords } from "./plan-records";
import type { PoolView } from "./pool-view";

export interface ClustersParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly pool: PoolView;
  readonly plans: PlanRecords;
  readonly history: History;
  readonly clock: Clock;
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
   * @param options `explain`: with the nodes that were passed over, and why
   * @throws DvceError `DVCE_PLACEMENT_INFEASIBLE`, and what {@link checkCluster} throws
   */
  plan(spec: ClusterSpec, options: { readonly explain?: boolean } = {}): ClusterPlan {
    const { state, registry, plans } = this.parts;
    checkCluster(spec, state, registry);
    const committed = this.#committed(spec.name);
    const question = plans.question(spec, committed);
    const recorded = plans.find(question);
    const decision = recorded ?? this.#decide(spec, committed);
    const expiresMs = recorded === undefined ? plans.keep(question, decision) : plans.show(question);
    const before = new Map(committed?.placements.map(({ domain, node }) => [domain, node]));
    return {
      cluster: spec.name,
      planId: question.planId,
      expiresAt: timestampOf(expiresMs),
      placements: inOrderOf(spec, decision.placements).map((placement) => {
        const stays = before.get(placement.domain) === placement.node;
        const nodeNow = stays ? this.#warningOf(placement.node) : null;
        return nodeNow === null ? placement : { ...placement, warning: nodeNow };
      }),
      ...(options.explain === true ? { explanations: inOrderOf(spec, decision.explanations) } : {}),
    };
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
    const { state, registry, plans } = this.parts;
    const committed = this.#committed(spec.name);
    if (committed !== undefined && isCommitted(committed, request)) return this.get(spec.name);
    checkCluster(spec, state, registry);
    const question = plans.question(spec, committed);
    const plan = plans.find(question);
    if (plan === undefined) throw planStale(spec.name, plans.whyNone(question));
    const others = differences(plan.placements, wanted);
    if (others.length > 0) throw planStale(spec.name, others);
    const broken = verifyPlacements(this.#snapshot(spec), spec, plan.placements, committed);
    if (broken.length > 0) {
      plans.refuse(question, broken);
      throw planStale(spec.name, broken);
    }
    this.#requireComplete(spec);
    this.#write(spec, plan.placements, committed);
    return this.get(spec.name);
  }

  /**
   * Idempotent.
   *
   * @throws DvceError `DVCE_CLUSTER_PROTECTED`; `DVCE_CLUSTER_IN_USE` while volumes exist
   */
  delete(name: string): void {
    const { state, history, registry, plans } = this.parts;
    const row = state.clusters.get(name);
    if (row === undefined) return;
    if (row.spec.deletionProtection) throw clusterProtected(name);
    const volumes = state.volumes.ofCluster(name).filter((volume) => !registry.isFenced(volume.node));
    if (volumes.length > 0) {
      throw new DvceError(
        "DVCE_CLUSTER_IN_USE",
        `Cluster ${name} still has the volumes ${volumes.map((volume) => volume.domain).join(", ")}. Delete those first.`,
        { details: volumes.map((volume) => ({ message: `volume ${volume.domain} on ${volume.node}` })) },
      );
    }
    state.transaction(() => {
      plans.clusterChanged(name, "deleted");
      for (const volume of state.volumes.ofCluster(name)) state.volumes.delete(volume.domain);
      state.clusters.delete(name);
      history.append("cluster-deleted", { cluster: name });
    });
  }

  /** What is said of nodes' states is left out: a plan is remembered longer than they last. */
  #decide(spec: ClusterSpec, committed: CommittedCluster | undefined): ReturnType<typeof placeCluster> {
    const decision = placeCluster(this.#snapshot(spec), spec, committed);
    const placements = decision.placements.map((placement) =>
      this.#warningOf(placement.node) === null ? placement : { ...placement, warning: null },
    );
    return { ...decision, placements };
  }

  /** The pool without the cluster's own members. */
  #snapshot(spec: ClusterSpec): PoolSnapshot {
    return this.parts.pool.snapshot(
      spec.members.map((member) => member.version),
      spec.name,
    );
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
    const { state, history, clock, plans } = this.parts;
    const before = new Map(committed?.placements.map(({ member, node }) => [member, node]));
    const specs = new Map(spec.members.map((member) => [member.name, member]));
    state.transaction(() => {
      plans.clusterChanged(spec.name, "applied");
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

  #committed(name: string): (CommittedCluster & { readonly updatedAt: string }) | undefined {
    const row = this.parts.state.clusters.get(name);
    if (row === undefined) return undefined;
    return { spec: row.spec, placements: this.#placements(name), updatedAt: timestampOf(row.updatedMs) };
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

  #describe(row: ClusterRow): Cluster {
    return {
      name: row.name,
      spec: row.spec,
      placements: inOrderOf(row.spec, this.#placements(row.name)).map((placement) => ({
        ...placement,
        warning: this.#warningOf(placement.node),
      })),
      updatedAt: timestampOf(row.updatedMs),
    };
  }

  /** What is to be known of members on the node; that it is joining passes by itself. */
  #warningOf(node: string): string | null {
    const { state, registry } = this.parts;
    if (state.nodes.get(node) === undefined) return `${node} is no longer in the pool`;
    const now = registry.get(node).state;
    return now === "ready" || now === "joining" ? null : `${node} ${stateInWords[now]}`;
  }
}

function inOrderOf<T extends { readonly member: string }>(spec: ClusterSpec, all: readonly T[]): T[] {
  const byMember = new Map(all.map((one) => [one.member, one]));
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

const planStale = (cluster: string, details: readonly ErrorDetail[]) =>
  new DvceError(
    "DVCE_PLAN_STALE",
    `The plan of cluster ${cluster} no longer holds: ${details.map((one) => one.message).join("; ")}. ` +
      "Nothing was changed. Plan again and apply that.",
    { details: [...details] },
  );

const clusterProtected = (name: string) =>
  new DvceError(
    "DVCE_CLUSTER_PROTECTED",
    `Cluster ${name} is protected from deletion. If it is to go, apply it with deletion protection switched off first.`,
  );

const clusterNotFound = (name: string) =>
  new DvceError(
    "DVCE_CLUSTER_NOT_FOUND",
    `There is no cluster ${name}; 'dvce cluster ls' lists those applied.`,
  );
