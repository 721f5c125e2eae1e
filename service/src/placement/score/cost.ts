/**
 * The objective: one number for a whole cluster, in bytes, smaller is better. docs/adr/0022 says why.
 *
 * 1. Missing image bytes. Each (node, version) that is used counts once, since members share what they fetch.
 * 2. Balance: over the nodes, the squared share of the resource that is scarcest there.
 * 3. Failure domains: over the nodes, zones, racks and the labels of the maximum skew, the squared share of the
 *    cluster's members that are in each.
 * 4. History: what each member risks on its node.
 * 5. When members are placed afresh, a price for each that leaves its node.
 *
 * The others are priced in bytes, so that they decide where the bytes are about equal, whatever the size of the
 * image, and a single byte never outweighs a full node.
 */
import type { Resources } from "@dvce/api";
import type { NodeHistory } from "../snapshot";

const MiB = 1024 * 1024;

/** What each consideration may cost at most, in bytes that are fetched for its sake. */
export const weights = {
  /** Filling an empty node completely. 32 MiB take a quarter of a second at 1 Gbit/s. */
  balanceBytes: 32 * MiB,
  /** Having the whole cluster in one failure domain rather than in ever so many, for each kind of domain. */
  spreadBytes: 16 * MiB,
  /** Putting one member on a node that has failed ever so often. */
  historyBytes: 256 * MiB,
  /** Moving one member when the cluster is placed afresh: a move must gain more. */
  moveBytes: 64 * MiB,
} as const;

/** Below this, in bytes, a difference in cost is rounding. */
export const costEpsilon = 1;

/** Labels that name failure domains without being told; a node is one as well. */
export const domainLabels: readonly string[] = ["zone", "rack"];

/** Failures after which a node's history weighs half of what it may. */
const failuresHalf = 2;

/** What a member risks on a node, 0 to 1: a boot that failed counts as one failure, a lost heartbeat as half of one. */
export function riskOf(history: NodeHistory | undefined): number {
  if (history === undefined) return 0;
  const failures = (history.bootFailures ?? 0) + history.flaps / 2;
  return failures / (failures + failuresHalf);
}

/** Share of the resource that is scarcest, 0 to 1. (Dominant Resource Fairness, Ghodsi et al., NSDI 2011.) */
export function dominantShare(used: Resources, capacity: Resources): number {
  return Math.max(
    share(used.vcpus, capacity.vcpus),
    share(used.memoryMiB, capacity.memoryMiB),
    share(used.diskBytes, capacity.diskBytes),
  );
}

const share = (amount: number, whole: number): number =>
  amount === 0 ? 0 : whole === 0 ? 1 : amount / whole;
