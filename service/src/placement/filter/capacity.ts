import type { MemberSpec, Resources } from "@dvce/api";
import type { NodeSnapshot } from "../snapshot";
import type { Filter } from "./filter";

/** Volumes count at their full size. */
export function demandOf(member: MemberSpec): Resources {
  return { vcpus: member.vcpus, memoryMiB: member.memoryMiB, diskBytes: member.diskBytes };
}

function capacityFilter(
  name: string,
  resource: keyof Resources,
  format: (amount: number) => string,
  cacheOf: (node: NodeSnapshot) => number = () => 0,
): Filter {
  return {
    name,
    reject: (member, { node, used }) => {
      const demand = demandOf(member)[resource];
      const capacity = node.capacity[resource];
      const cache = cacheOf(node);
      const free = capacity - used[resource] - cache;
      if (demand <= free) return undefined;
      const images = cache === 0 ? "" : `, ${format(cache)} taken by images`;
      return (
        `has too little ${name}: ${format(demand)} needed, ${format(Math.max(0, free))} of ` +
        `${format(capacity)} free${images}`
      );
    },
  };
}

const gibibytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** The node's vCPUs, with the overcommit that its agent was started with. */
export const vcpuCapacity = capacityFilter("vCPU", "vcpus", (count) => `${Math.floor(count * 100) / 100}`);
export const memoryCapacity = capacityFilter("memory", "memoryMiB", (mebibytes) => `${mebibytes} MiB`);
/** For a member that is there already: images that came since must not move it. */
export const volumeDiskCapacity = capacityFilter("disk", "diskBytes", gibibytes);
/** For a new member: packs and base files take disk as volumes do. */
export const diskCapacity = capacityFilter(
  "disk",
  "diskBytes",
  gibibytes,
  ({ cacheBytes }) => cacheBytes ?? 0,
);
