/**
 * The objective, smaller is better, compared in this order:
 * 1. missing image bytes: each (node, version) pair that is used counts once, since members share what they fetch;
 * 2. imbalance: sum over the nodes of the squared dominant resource share, so that load spreads.
 */
import type { Resources } from "@dvce/api";

export interface Cost {
  readonly missingBytes: number;
  readonly imbalance: number;
}

/** Below this, a difference in imbalance is rounding. */
const imbalanceEpsilon = 1e-9;

/** Negative when `a` is better, positive when `b` is, 0 when neither. */
export function compareCosts(a: Cost, b: Cost): number {
  if (a.missingBytes !== b.missingBytes) return a.missingBytes - b.missingBytes;
  const difference = a.imbalance - b.imbalance;
  return Math.abs(difference) < imbalanceEpsilon ? 0 : difference;
}

export function addCosts(a: Cost, b: Cost): Cost {
  return { missingBytes: a.missingBytes + b.missingBytes, imbalance: a.imbalance + b.imbalance };
}

export const zeroCost: Cost = { missingBytes: 0, imbalance: 0 };

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
