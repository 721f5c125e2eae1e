import { antiAffinity } from "./anti-affinity";
import { architecture } from "./architecture";
import { diskCapacity, memoryCapacity, vcpuCapacity, volumeDiskCapacity } from "./capacity";
import type { Filter } from "./filter";
import { maxSkew } from "./max-skew";
import { nodeSelector } from "./node-selector";
import { readiness } from "./readiness";

/** What depends on the node alone, whoever asks. */
export const nodeFilters: readonly Filter[] = [readiness, nodeSelector, architecture];

/** What depends on the member and on what is on the node. */
export const roomFilters: readonly Filter[] = [antiAffinity, vcpuCapacity, memoryCapacity, diskCapacity];

/** Every filter, in the order in which explanations name them; the last depends on members elsewhere, too. */
export const placementFilters: readonly Filter[] = [...nodeFilters, ...roomFilters, maxSkew];

/** Whether what a member asks for fits a node that holds it already; images must not move it. */
export const sizeFilters: readonly Filter[] = [vcpuCapacity, memoryCapacity, volumeDiskCapacity];

/** What a cluster may ask of a node that holds a member already; a cordon, for one, never moves it. */
export const fitFilters: readonly Filter[] = [
  nodeSelector,
  architecture,
  antiAffinity,
  ...sizeFilters,
  maxSkew,
];

/** What would keep a member off a node that holds it, if it came anew: worth a warning, never a move. */
export const stayFilters: readonly Filter[] = [readiness, ...fitFilters];

export { firstRejection, type Candidate, type Filter, type Rejection, type SkewView } from "./filter";
export { demandOf } from "./capacity";
