import type { MemberSpec, Resources } from "@dvce/api";
import type { Candidate, Filter } from "./filter";

/** Volumes at their full size. */
export function demandOf(member: MemberSpec): Resources {
  return { vcpus: member.vcpus, memoryMiB: member.memoryMiB, diskBytes: member.diskBytes };
}

interface Amounts {
  readonly needed: number;
  readonly capacity: number;
  /** Taken by what was there before. */
  readonly used: number;
  /** Taken by packs and base files. */
  readonly images?: number;
}

const freeOf = ({ capacity, used, images = 0 }: Amounts): number => capacity - used - images;

function capacityFilter(
  name: string,
  amountsOf: (candidate: Candidate) => Amounts,
  format: (amount: number) => string,
): Filter {
  return {
    name,
    rejects: (candidate) => {
      const amounts = amountsOf(candidate);
      return amounts.needed > freeOf(amounts);
    },
    reason: (candidate) => {
      const { needed, capacity, images = 0, ...rest } = amountsOf(candidate);
      const free = Math.max(0, freeOf({ needed, capacity, images, ...rest }));
      const taken = images === 0 ? "" : `, ${format(images)} taken by images`;
      return `has too little ${name}: ${format(needed)} needed, ${format(free)} of ${format(capacity)} free${taken}`;
    },
  };
}

const amountsOf =
  (resource: keyof Resources) =>
  ({ node, used, demand }: Candidate): Amounts => ({
    needed: demand[resource],
    capacity: node.capacity[resource],
    used: used[resource],
  });

/** Of volumes, which are thin, a share counts. */
const volumeAmounts = ({ node, used, demand, thinFactor }: Candidate): Amounts => ({
  needed: demand.diskBytes * thinFactor,
  capacity: node.capacity.diskBytes,
  used: used.diskBytes * thinFactor,
});

const gibibytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** The node's vCPUs, with the overcommit that its agent was started with. */
export const vcpuCapacity = capacityFilter(
  "vCPU",
  amountsOf("vcpus"),
  (count) => `${Math.floor(count * 100) / 100}`,
);
export const memoryCapacity = capacityFilter(
  "memory",
  amountsOf("memoryMiB"),
  (mebibytes) => `${mebibytes} MiB`,
);
/** For a member that is there already: images that came since must not move it. */
export const volumeDiskCapacity = capacityFilter("disk", volumeAmounts, gibibytes);
/** For a new member: packs and base files take disk as volumes do. */
export const diskCapacity = capacityFilter(
  "disk",
  (candidate) => ({ ...volumeAmounts(candidate), images: candidate.node.cacheBytes ?? 0 }),
  gibibytes,
);
