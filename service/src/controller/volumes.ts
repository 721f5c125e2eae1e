/**
 * Volumes: made by the agent of the node that the member is placed on. The database keeps where each is and how
 * its node last described it; what is on the disks only the agents know. What a volume leaves when it is deleted, and
 * what it begins with, retired-disks.ts decides.
 */
import { DvceError, isDvceError, type CreateVolume, type Volume } from "@dvce/api";
import type { Agents } from "../agent-link/agents";
import type { History } from "../history/history";
import { domainNameOf } from "../placement/snapshot";
import type { State } from "../state";
import type { NodeRegistry } from "./node-registry";
import { lost, type RetiredDisks } from "./retired-disks";

export interface VolumesParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly agents: Agents;
  readonly history: History;
  readonly retired: RetiredDisks;
}

export class Volumes {
  constructor(private readonly parts: VolumesParts) {}

  /**
   * Orders the member's disk and seed on its placed node.
   *
   * @throws DvceError `DVCE_CLUSTER_NOT_FOUND` when no such member is committed; `DVCE_PLAN_STALE` when it is placed
   *   on another node than expected; `DVCE_VOLUME_EXISTS` when another node has one; `DVCE_VOLUME_COPYING` while its
   *   contents are being copied from another node; what {@link RetiredDisks.contentsFor} throws; what the agent refuses
   *   with
   */
  async create(request: CreateVolume): Promise<Volume> {
    const { state, registry, agents, history, retired } = this.parts;
    const { cluster, member, node, seed } = request;
    const domain = domainNameOf(cluster, member);
    const placement = state.placements.get(domain);
    if (placement?.cluster !== cluster) {
      throw new DvceError(
        "DVCE_CLUSTER_NOT_FOUND",
        `No member ${member} of a cluster ${cluster} is placed. Apply the cluster before its volumes.`,
      );
    }
    if (placement.node !== node) {
      throw new DvceError(
        "DVCE_PLAN_STALE",
        `Member ${member} of cluster ${cluster} is placed on ${placement.node}, not on ${node} as was expected. ` +
          "Plan again and apply that.",
        { details: [{ path: ["node"], message: `is ${placement.node}` }] },
      );
    }
    const existing = state.volumes.get(domain);
    if (existing !== undefined && existing.node !== node && !registry.isFenced(existing.node)) {
      throw new DvceError(
        "DVCE_VOLUME_EXISTS",
        `The volume ${domain} exists on ${existing.node}; its member is now placed on ${node}. Delete the volume first.`,
      );
    }
    const { version, diskBytes } = placement;
    const contents = retired.contentsFor(placement, seed);
    const order = {
      domain,
      version,
      sizeBytes: diskBytes,
      seed,
      ...(contents === undefined ? {} : { contents }),
    };
    const made = await agents
      .of(node)
      .createVolume(order)
      .catch((error: unknown) => {
        const isGone = contents !== undefined && isDvceError(error, "DVCE_VOLUME_NOT_FOUND");
        throw isGone ? lost(placement, contents.node) : error;
      });
    // The same order again may answer a volume that was made, and hydrated, before.
    const hydratedAt = existing?.createdAt === made.createdAt ? existing.hydratedAt : null;
    const volume: Volume = { ...made, cluster, member, node, hydratedAt };
    state.transaction(() => {
      state.volumes.put(volume);
      const from = contents === undefined ? {} : { detail: { contentsFrom: contents.node } };
      history.append("volume-created", { cluster, domain, node, version, ...from });
    });
    await retired.sweep();
    return volume;
  }

  /**
   * The volume as its node describes it now.
   *
   * @throws DvceError `DVCE_VOLUME_NOT_FOUND`, also on a fenced node; `DVCE_NODE_UNREACHABLE`
   */
  async get(domain: string): Promise<Volume> {
    const { state, registry, agents } = this.parts;
    const row = state.volumes.get(domain);
    if (row === undefined) throw volumeNotFound(domain, "no volume of that name was made");
    if (registry.isFenced(row.node)) throw volumeNotFound(domain, `its node ${row.node} was fenced`);
    return { ...row, ...(await agents.of(row.node).getVolume(domain)) };
  }

  /** Every volume but those of fenced nodes; as last described where a node does not answer. */
  async list(): Promise<Volume[]> {
    const { state, registry, agents } = this.parts;
    const rows = state.volumes.list().filter((row) => !registry.isFenced(row.node));
    const live = new Map<string, Partial<Volume>>();
    await Promise.all(
      [...new Set(rows.map((row) => row.node))].map(async (node) => {
        try {
          for (const volume of await agents.of(node).listVolumes())
            live.set(`${node}/${volume.domain}`, volume);
        } catch (error) {
          if (!isDvceError(error)) throw error; // an unreachable node must not hide the others
        }
      }),
    );
    return rows.map((row) => ({ ...row, ...live.get(`${row.node}/${row.domain}`) }));
  }

  /**
   * Idempotent. A fenced node's volume is only forgotten; the disk of a member that its cluster still has is retired.
   *
   * @throws DvceError `DVCE_NODE_UNREACHABLE`; what the agent refuses with, e.g. `DVCE_VOLUME_IN_USE`
   */
  async delete(domain: string): Promise<void> {
    const { state, registry, agents, history, retired } = this.parts;
    const row = state.volumes.get(domain);
    if (row === undefined) return;
    const keeps = !registry.isFenced(row.node) && retired.keeps(row);
    if (!registry.isFenced(row.node)) {
      const agent = agents.of(row.node);
      try {
        await (keeps ? agent.retireVolume(domain) : agent.deleteVolume(domain));
      } catch (error) {
        if (!isDvceError(error, "DVCE_VOLUME_NOT_FOUND")) throw error;
      }
    }
    state.transaction(() => {
      state.volumes.delete(domain);
      if (keeps) state.retiredDisks.put(row);
      history.append("volume-deleted", { cluster: row.cluster, domain, node: row.node });
    });
  }
}

const volumeNotFound = (domain: string, why: string) =>
  new DvceError("DVCE_VOLUME_NOT_FOUND", `There is no volume ${domain}: ${why}.`);
