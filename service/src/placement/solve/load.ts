/** What is taken of each node's resources. Kept in numbers that are exact, so that taking and giving back cancel out. */
import type { Resources } from "@dvce/api";
import type { NodeSnapshot } from "../snapshot";

const nothing: Resources = { vcpus: 0, memoryMiB: 0, diskBytes: 0 };

export class Load {
  readonly #vcpus: Float64Array;
  readonly #memoryMiB: Float64Array;
  readonly #diskBytes: Float64Array;
  /** One over the capacity; 0 where there is none. */
  readonly #perVcpu: Float64Array;
  readonly #perMemoryMiB: Float64Array;
  readonly #perDiskByte: Float64Array;
  readonly #used: readonly Resources[];
  /** Dominant share, by node. */
  readonly #shares: Float64Array;

  /** @param thinFactor share of a volume's size that counts as taken */
  constructor(nodes: readonly NodeSnapshot[], thinFactor: number) {
    const inverse = (capacity: number): number => (capacity > 0 ? 1 / capacity : 0);
    this.#vcpus = Float64Array.from(nodes, (node) => node.allocated.vcpus);
    this.#memoryMiB = Float64Array.from(nodes, (node) => node.allocated.memoryMiB);
    this.#diskBytes = Float64Array.from(nodes, (node) => node.allocated.diskBytes);
    this.#perVcpu = Float64Array.from(nodes, (node) => inverse(node.capacity.vcpus));
    this.#perMemoryMiB = Float64Array.from(nodes, (node) => inverse(node.capacity.memoryMiB));
    this.#perDiskByte = Float64Array.from(nodes, (node) => thinFactor * inverse(node.capacity.diskBytes));
    const [vcpus, memoryMiB, diskBytes] = [this.#vcpus, this.#memoryMiB, this.#diskBytes];
    this.#used = nodes.map((_node, node) => ({
      get vcpus() {
        return vcpus[node] ?? 0;
      },
      get memoryMiB() {
        return memoryMiB[node] ?? 0;
      },
      get diskBytes() {
        return diskBytes[node] ?? 0;
      },
    }));
    this.#shares = Float64Array.from(nodes, (_node, node) => this.shareWith(node, nothing));
  }

  add(node: number, demand: Resources, sign: 1 | -1): void {
    this.#vcpus[node] = (this.#vcpus[node] ?? 0) + sign * demand.vcpus;
    this.#memoryMiB[node] = (this.#memoryMiB[node] ?? 0) + sign * demand.memoryMiB;
    this.#diskBytes[node] = (this.#diskBytes[node] ?? 0) + sign * demand.diskBytes;
    this.#shares[node] = this.shareWith(node, nothing);
  }

  /** As it is now, also later. */
  used(node: number): Resources {
    return this.#used[node] ?? nothing;
  }

  /** Dominant share of the node (score/cost.ts). */
  share(node: number): number {
    return this.#shares[node] ?? 0;
  }

  /** Its dominant share if it took `demand` as well. */
  shareWith(node: number, demand: Resources): number {
    return Math.max(
      ((this.#vcpus[node] ?? 0) + demand.vcpus) * (this.#perVcpu[node] ?? 0),
      ((this.#memoryMiB[node] ?? 0) + demand.memoryMiB) * (this.#perMemoryMiB[node] ?? 0),
      ((this.#diskBytes[node] ?? 0) + demand.diskBytes) * (this.#perDiskByte[node] ?? 0),
    );
  }
}
