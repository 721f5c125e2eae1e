import { antiAffinity } from "./anti-affinity";
import { diskCapacity, memoryCapacity, vcpuCapacity, volumeDiskCapacity } from "./capacity";
import type { Filter } from "./filter";
import { nodeSelector } from "./node-selector";
import { readiness } from "./readiness";

/** What a member may ask of a node that holds it already; a cordon, for one, never moves it. */
export const fitFilters: readonly Filter[] = [
  nodeSelector,
  antiAffinity,
  vcpuCapacity,
  memoryCapacity,
  volumeDiskCapacity,
];

/** Every filter, in the order in which explanations name them. */
export const placementFilters: readonly Filter[] = [
  readiness,
  nodeSelector,
  antiAffinity,
  vcpuCapacity,
  memoryCapacity,
  diskCapacity,
];

export { firstRejection, type Candidate, type Filter, type Rejection } from "./filter";
export { demandOf } from "./capacity";
