import type { NodeSnapshot } from "../snapshot";
import { Topology } from "./topology";

const nodesOf = (...zones: (string | undefined)[]): NodeSnapshot[] =>
  zones.map((zone, index) => ({
    name: `n${index}`,
    state: "ready",
    architecture: "x86_64",
    domainType: "kvm",
    labels: zone === undefined ? {} : { zone },
    capacity: { vcpus: 1, memoryMiB: 1, diskBytes: 1 },
    allocated: { vcpus: 0, memoryMiB: 0, diskBytes: 0 },
    linkBytesPerSecond: null,
    missingBytes: new Map(),
  }));

const topology = (skewMax: number, eligible: (node: number) => boolean, ...zones: (string | undefined)[]) =>
  new Topology("zone", skewMax, nodesOf(...zones), eligible);
const all = () => true;

describe("Topology", () => {
  it("counts members by value, and nodes without the label as one domain", () => {
    const zones = topology(1, all, "a", "a", "b", undefined, undefined);
    zones.add(0, false, 1);
    zones.add(1, false, 1);
    zones.add(3, false, 1);
    expect([0, 1, 2, 3, 4].map((node) => zones.membersNear(node))).toEqual([2, 2, 0, 1, 1]);
    zones.add(1, false, -1);
    expect(zones.membersNear(0)).toBe(1);
    expect(zones.divides).toBe(true);
    expect(topology(1, all, "a", "a").divides).toBe(false);
  });

  it("admits what the members that wait can even out", () => {
    const zones = topology(1, all, "a", "b", "c");
    zones.add(0, false, 1);
    expect(zones.admits(0, 1)).toBe(false);
    expect(zones.admits(0, 2)).toBe(true);
    expect(zones.admits(1, 0)).toBe(true);
    expect(zones.staysEven(0)).toBe(false);
    expect(zones.staysEven(1)).toBe(true);
  });

  it("takes nobody on nodes without the label", () => {
    const zones = topology(3, all, "a", undefined);
    expect(zones.admits(1, 9)).toBe(false);
    expect(zones.staysEven(1)).toBe(false);
  });

  it("expects nothing of values that no eligible node carries", () => {
    const zones = topology(1, (node) => node === 0, "a", "b");
    zones.add(0, false, 1);
    expect(zones.admits(0, 0)).toBe(true);
    expect(zones.fewest()).toEqual({ value: "a", members: 1 });
  });

  it("does not blame a value for members that stayed there", () => {
    const zones = topology(1, all, "a", "b");
    for (let count = 0; count < 4; count++) zones.add(0, true, 1);
    expect(zones.admits(1, 0)).toBe(true);
    expect(zones.admits(0, 0)).toBe(false);
  });
});
