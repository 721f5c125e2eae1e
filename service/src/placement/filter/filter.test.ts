import { clusterSpecSchema } from "@dvce/api";
import { firstRejection, placementFilters, stayFilters, type Candidate } from ".";

const GiB = 1024 ** 3;
const { constraints } = clusterSpecSchema.parse({
  name: "web",
  members: [{ name: "0", version: "1".repeat(64), vcpus: 1, memoryMiB: 512, diskBytes: GiB }],
});

const candidate = (more: Partial<Candidate> = {}, node: Partial<Candidate["node"]> = {}): Candidate => ({
  node: {
    name: "a",
    state: "ready",
    architecture: "x86_64",
    domainType: "kvm",
    labels: { zone: "east" },
    capacity: { vcpus: 4, memoryMiB: 2048, diskBytes: 10 * GiB },
    allocated: { vcpus: 0, memoryMiB: 0, diskBytes: 0 },
    linkBytesPerSecond: null,
    missingBytes: new Map(),
    ...node,
  },
  constraints,
  demand: { vcpus: 2, memoryMiB: 1024, diskBytes: 4 * GiB },
  used: { vcpus: 0, memoryMiB: 0, diskBytes: 0 },
  thinFactor: 1,
  memberCount: 0,
  memberNames: () => [],
  skews: () => [],
  ...more,
});

const skew = { key: "zone", skewMax: 1, value: "east", members: 3, fewest: { value: "west", members: 2 } };

describe("filters", () => {
  it("let a member that fits pass", () =>
    expect(firstRejection(placementFilters, candidate())).toBeUndefined());

  it.each([
    ["readiness", candidate({}, { state: "cordoned" }), "is cordoned: it takes no new members"],
    [
      "node selector",
      candidate({ constraints: { ...constraints, nodeSelector: { zone: "west" } } }),
      "does not match the node selector zone=west: it has zone=east",
    ],
    [
      "architecture",
      candidate({ constraints: { ...constraints, architecture: "aarch64" } }),
      "is x86_64, and the cluster asks for aarch64",
    ],
    [
      "anti-affinity",
      candidate({
        constraints: { ...constraints, antiAffinity: true },
        memberCount: 1,
        memberNames: () => ["db"],
      }),
      "already takes db of this cluster, which asks for anti-affinity",
    ],
    [
      "vCPU",
      candidate({ used: { vcpus: 3, memoryMiB: 0, diskBytes: 0 } }),
      "has too little vCPU: 2 needed, 1 of 4 free",
    ],
    [
      "memory",
      candidate({ used: { vcpus: 0, memoryMiB: 1500, diskBytes: 0 } }),
      "has too little memory: 1024 MiB needed, 548 MiB of 2048 MiB free",
    ],
    [
      "disk",
      candidate({}, { cacheBytes: 7 * GiB }),
      "has too little disk: 4.0 GiB needed, 3.0 GiB of 10.0 GiB free, 7.0 GiB taken by images",
    ],
    [
      "max skew",
      candidate({ skews: () => [{ ...skew, value: undefined, admits: false }] }),
      "has no label zone, which the maximum skew goes by",
    ],
    [
      "max skew",
      candidate({ skews: () => [{ ...skew, admits: false }] }),
      "is in zone=east, which has 3 of this cluster: with one more, zone=west with 2 could not come within " +
        "the maximum skew of 1",
    ],
  ])("say of %s why not", (filter, given, reason) =>
    expect(firstRejection(placementFilters, given)).toEqual({ filter, reason }),
  );

  it("count a share of thin volumes", () => {
    const full = { used: { vcpus: 0, memoryMiB: 0, diskBytes: 14 * GiB } };
    expect(firstRejection(placementFilters, candidate({ ...full, thinFactor: 0.5 }))).toBeUndefined();
    expect(firstRejection(placementFilters, candidate(full))?.filter).toBe("disk");
    expect(firstRejection(placementFilters, candidate({ ...full, thinFactor: 0.6 }))?.reason).toBe(
      "has too little disk: 2.4 GiB needed, 1.6 GiB of 10.0 GiB free",
    );
  });

  it("do not warn of images where a member is already", () =>
    expect(firstRejection(stayFilters, candidate({}, { cacheBytes: 9 * GiB }))).toBeUndefined());
});
