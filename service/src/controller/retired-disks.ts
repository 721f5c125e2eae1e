/**
 * What becomes of the disk of a member that moves.
 *
 * Terraform deletes the volume on the old node before it makes the one on the new node, and orders that neither before
 * nor after the cluster's commit. So a volume that is deleted while its member is still part of its cluster, with the
 * same image and size, is retired: its node keeps the disk. When the member's next volume is made, the commit has come,
 * and the cluster's `onMove` says whether that volume gets the contents. Then, or when the member goes, the disk goes.
 */
import {
  DvceError,
  isDvceError,
  type AgentCreateVolume,
  type SeedSpec,
  type Volume,
  seedDigest,
} from "@dvce/api";
import type { Agents } from "../agent-link/agents";
import type { State } from "../state";
import type { PlacementRow } from "../state/placements-table";
import type { NodeRegistry } from "./node-registry";

export interface RetiredDisksParts {
  readonly state: State;
  readonly registry: NodeRegistry;
  readonly agents: Agents;
}

export class RetiredDisks {
  #sweeping: Promise<void> | undefined;

  constructor(private readonly parts: RetiredDisksParts) {}

  /** Whether a volume that is deleted leaves its disk. */
  keeps(volume: Volume): boolean {
    const placement = this.parts.state.placements.get(volume.domain);
    return placement !== undefined && placement.cluster === volume.cluster && isAsPlaced(volume, placement);
  }

  /**
   * Where the contents of a volume that is about to be made come from; undefined for a new, empty one. Only a disk
   * that differs in nothing but its node lends them.
   *
   * @throws DvceError `DVCE_VOLUME_SOURCE_LOST` when they should come from a node that is fenced or gone;
   *   `DVCE_NODE_UNREACHABLE`
   */
  contentsFor(placement: PlacementRow, seed: SeedSpec): AgentCreateVolume["contents"] {
    const { state, registry } = this.parts;
    const { domain, node, cluster } = placement;
    if (state.clusters.onMove(cluster) !== "restore") return undefined;
    const before = state.volumes.get(domain);
    if (before !== undefined && before.node !== node && isSame(before, placement, seed))
      throw lost(placement, before.node);
    const disk = state.retiredDisks.get(domain);
    if (disk === undefined || !isSame(disk, placement, seed)) return undefined;
    // On its own node it is only wanted when another node was to have it before: else the user replaces the disk.
    if (disk.node === node && !disk.awaited) return undefined;
    state.retiredDisks.setAwaited(domain);
    const source = registry.list().find(({ name }) => name === disk.node);
    if (source === undefined || source.state === "fenced") throw lost(placement, disk.node);
    if (source.state === "unreachable") {
      throw new DvceError(
        "DVCE_NODE_UNREACHABLE",
        `The disk of member ${placement.member} is on ${disk.node}, which sends no heartbeats. Bring its agent back, and ` +
          'apply again; or set on_move = "recreate" to go on with a new, empty disk.',
      );
    }
    return { node: source.name, agentUrl: source.agentUrl };
  }

  /** Has nodes remove the disks that nobody waits for. Those of nodes that do not answer wait for the next call. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined));
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { state, agents } = this.parts;
    for (const { domain, node } of state.retiredDisks.obsolete()) {
      try {
        await agents.of(node).deleteRetiredDisk(domain);
      } catch (error) {
        if (!isDvceError(error)) throw error;
        if (error.code !== "DVCE_NODE_NOT_FOUND") continue;
      }
      state.retiredDisks.delete(domain);
    }
  }
}

type Disk = Pick<Volume, "version" | "sizeBytes" | "seedDigest">;

const isAsPlaced = (disk: Disk, { version, diskBytes }: PlacementRow): boolean =>
  disk.version === version && disk.sizeBytes === diskBytes;

const isSame = (disk: Disk, placement: PlacementRow, seed: SeedSpec): boolean =>
  isAsPlaced(disk, placement) && disk.seedDigest === seedDigest(seed);

/** The contents cannot be had; says what to do. */
export const lost = (
  { member, cluster }: Pick<PlacementRow, "member" | "cluster">,
  node: string,
): DvceError =>
  new DvceError(
    "DVCE_VOLUME_SOURCE_LOST",
    `The disk of member ${member} of cluster ${cluster} was on ${node}, and cannot be copied from there: the node is fenced ` +
      `or gone, or no longer has it. Bring it back (dvce node unfence) and apply again; or set ` +
      'on_move = "recreate" to go on with a new, empty disk: what was on the old one is lost then.',
  );
