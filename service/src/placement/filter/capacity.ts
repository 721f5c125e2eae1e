import type { MemberSpec, Resources } from "@dvce/api";
import type { Filter } from "./filter";

/** Volumes count at their full size. */
export function demandOf(member: MemberSpec): Resources {
  return { vcpus: member.vcpus, memoryMiB: member.memoryMiB, diskBytes: member.diskBytes };
}

function capacityFilter(name: string, resource: keyof Resources, format: (amount: number) => string): Filter {
  return {
    name,
    reject: (member, { node, used }) => {
      const demand = demandOf(member)[resource];
      const capacity = node.capacity[resource];
      const free = capacity - used[resource];
      if (demand <= free) return undefined;
      return `has too little ${name}: ${format(demand)} needed, ${format(Math.max(0, free))} of ${format(capacity)} free`;
    },
  };
}

/** The node's vCPUs, with the overcommit that its agent was started with. */
export const vcpuCapacity = capacityFilter("vCPU", "vcpus", (count) => `${Math.floor(count * 100) / 100}`);
export const memoryCapacity = capacityFilter("memory", "memoryMiB", (mebibytes) => `${mebibytes} MiB`);
export const diskCapacity = capacityFilter(
  "disk",
  "diskBytes",
  (bytes) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`,
);
