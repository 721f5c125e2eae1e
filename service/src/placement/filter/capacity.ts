import type { MemberSpec, Resources } from "@dvce/api";
import type { Candidate, Filter } from "./filter";

/** Volumes at their full size. */
export function demandOf(member: MemberSpec): Resources {
  return { vcpus: member.vcpus, memoryMiB: member.memoryMiB, diskBytes: member.diskBytes };
}

/** What a filter compares, in one unit. */
interface Amounts {
  needed(candidate: Candidate): number;
  capacity(candidate: Candidate): number;
  /** By members and other clusters. */
  used(candidate: Candidate): number;
  /** By packs and base files. */
  images(candidate: Candidate): number;
}

function capacityFilter(name: string, amounts: Amounts, format: (amount: number) => string): Filter {
  const free = (candidate: Candidate): number =>
    amounts.capacity(candidate) - amounts.used(candidate) - amounts.images(candidate);
  return {
    name,
    rejects: (candidate) => amounts.needed(candidate) > free(candidate),
    reason: (candidate) => {
      const [needed, capacity, images] = [
        amounts.needed(candidate),
        amounts.capacity(candidate),
        amounts.images(candidate),
      ];
      const taken = images === 0 ? "" : `, ${format(images)} taken by images`;
      return (
        `has too little ${name}: ${format(needed)} needed, ${format(Math.max(0, free(candidate)))} of ` +
        `${format(capacity)} free${taken}`
      );
    },
  };
}

const none = (): number => 0;

/** The node's vCPUs, with the overcommit that its agent was started with. */
export const vcpuCapacity = capacityFilter(
  "vCPU",
  {
    needed: ({ demand }) => demand.vcpus,
    capacity: ({ node }) => node.capacity.vcpus,
    used: ({ used }) => used.vcpus,
    images: none,
  },
  (count) => `${Math.floor(count * 100) / 100}`,
);

export const memoryCapacity = capacityFilter(
  "memory",
  {
    needed: ({ demand }) => demand.memoryMiB,
    capacity: ({ node }) => node.capacity.memoryMiB,
    used: ({ used }) => used.memoryMiB,
    images: none,
  },
  (mebibytes) => `${mebibytes} MiB`,
);

/** Volumes are thin, so a share of them counts. */
const volumes: Amounts = {
  needed: ({ demand, thinFactor }) => demand.diskBytes * thinFactor,
  capacity: ({ node }) => node.capacity.diskBytes,
  used: ({ used, thinFactor }) => used.diskBytes * thinFactor,
  images: none,
};

const gibibytes = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;

/** For a member that is there already: images that came since must not move it. */
export const volumeDiskCapacity = capacityFilter("disk", volumes, gibibytes);

/** For a new member: packs and base files take disk as volumes do. */
export const diskCapacity = capacityFilter(
  "disk",
  { ...volumes, images: ({ node }) => node.cacheBytes ?? 0 },
  gibibytes,
);
