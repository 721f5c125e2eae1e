/**
 * How much of the disk that images take on a node cannot be given to volumes: placement counts it as taken, and nothing else
 * of the images, since a node drops the rest by itself when volumes need the room.
 *
 * A node keeps the versions that volumes or members on it use (their chunks, and their base files), and the chunks of those
 * that it is a replica target of. How much disk these take is not known chunk by chunk, so they count at what they hold before
 * compression, and at most what all images take there: rather too much than too little.
 */
import type { State } from "../state";
import type { Inventories } from "./inventories";
import type { PoolNode } from "./node-registry";

export class PinnedImages {
  constructor(
    private readonly state: State,
    private readonly inventories: Inventories,
  ) {}

  /** Bytes of disk that a node cannot free, for every node as things are now. */
  count(): (node: Pick<PoolNode, "name" | "storeBytes" | "baseBytes">) => number {
    const dataBytes = new Map<string, number>();
    const used = new Map<string, Set<string>>();
    const kept = new Map<string, Set<string>>();
    const put = (sets: Map<string, Set<string>>, node: string, version: string): void => {
      const set = sets.get(node) ?? new Set<string>();
      sets.set(node, set.add(version));
    };
    for (const { node, version } of [...this.state.placements.list(), ...this.state.volumes.list()])
      put(used, node, version);
    for (const row of this.state.versions.list()) {
      dataBytes.set(row.version, row.dataBytes);
      for (const target of row.targets) put(kept, target, row.version);
    }
    const presentBytes = (node: string, versions: Iterable<string>): number =>
      [...versions].reduce((sum, version) => {
        const all = dataBytes.get(version);
        return all === undefined ? sum : sum + all - this.inventories.missingBytes(node, version);
      }, 0);
    return ({ name, storeBytes, baseBytes }) => {
      const usedHere = used.get(name) ?? new Set<string>();
      const keptHere = new Set([...usedHere, ...(kept.get(name) ?? [])]);
      return (
        Math.min(storeBytes, presentBytes(name, keptHere)) + Math.min(baseBytes, presentBytes(name, usedHere))
      );
    };
  }
}
