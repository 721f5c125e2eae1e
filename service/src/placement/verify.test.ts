import { clusterSpecSchema } from "@dvce/api";
import { placeCluster } from "./place-cluster";
import type { NodeSnapshot, PoolSnapshot } from "./snapshot";
import { verifyPlacements } from "./verify";

const version = "1".repeat(64);
const MiB = 1024 ** 2;

const node = (name: string, more: Partial<NodeSnapshot> = {}): NodeSnapshot => ({
  name,
  state: "ready",
  architecture: "x86_64",
  domainType: "kvm",
  labels: { zone: name },
  capacity: { vcpus: 4, memoryMiB: 4096, diskBytes: 100 * MiB },
  allocated: { vcpus: 0, memoryMiB: 0, diskBytes: 0 },
  linkBytesPerSecond: null,
  missingBytes: new Map([[version, 0]]),
  ...more,
});

const pool = (...nodes: NodeSnapshot[]): PoolSnapshot => ({ nodes, dataBytes: new Map([[version, 1]]) });

const spec = (count: number, more: object = {}) =>
  clusterSpecSchema.parse({
    name: "web",
    members: Array.from({ length: count }, (_, index) => ({
      name: `${index}`,
      version,
      vcpus: 1,
      memoryMiB: 512,
      diskBytes: 10 * MiB,
    })),
    ...more,
  });

const messages = (...input: Parameters<typeof verifyPlacements>): string[] =>
  verifyPlacements(...input).map(({ message }) => message);

describe("verifyPlacements", () => {
  const planned = [
    { member: "0", node: "a" },
    { member: "1", node: "b" },
  ];

  it("accepts what was planned on the same pool", () => {
    const here = pool(node("a"), node("b"));
    expect(messages(here, spec(5), placeCluster(here, spec(5)).placements)).toEqual([]);
  });

  it("names members whose node left, was fenced, was cordoned or filled up since", () => {
    const full = { allocated: { vcpus: 4, memoryMiB: 0, diskBytes: 0 } };
    expect(messages(pool(node("a")), spec(2), planned)).toEqual([
      "member 1: node b is no longer in the pool",
    ]);
    expect(messages(pool(node("a"), node("b", { state: "fenced" })), spec(2), planned)).toEqual([
      "member 1: node b is fenced: it was declared dead",
    ]);
    expect(messages(pool(node("a", { state: "cordoned" }), node("b", full)), spec(2), planned)).toEqual([
      "member 0: node a is cordoned: it takes no new members",
      "member 1: node b has too little vCPU: 1 needed, 0 of 4 free",
    ]);
  });

  it("lets members that are there already stay, but for nodes that must be left", () => {
    const committed = {
      spec: spec(2),
      placements: placeCluster(pool(node("a"), node("b")), spec(2)).placements,
    };
    const stays = committed.placements;
    const small = { capacity: { vcpus: 0, memoryMiB: 0, diskBytes: 0 } };
    const drifted = pool(node("a", { ...small, state: "cordoned" }), node("b", { ...small, labels: {} }));
    expect(messages(drifted, spec(2), stays, committed)).toEqual([]);
    const left = pool(node("a", { state: "draining" }), node("b", { state: "fenced" }));
    expect(messages(left, spec(2), stays, committed).sort()).toEqual([
      "member 0: node a is draining",
      "member 1: node b was fenced",
    ]);
  });

  it("checks the maximum skew of all that is planned", () => {
    const two = [
      { member: "0", node: "a" },
      { member: "1", node: "a" },
    ];
    const here = pool(node("a"), node("b"));
    expect(messages(here, spec(2, { constraints: { maxSkew: { zone: 1 } } }), planned)).toEqual([]);
    const [broken] = messages(here, spec(2, { constraints: { maxSkew: { zone: 1 } } }), two);
    expect(broken).toContain("node a is in zone=a, which has 1 of this cluster");
  });
});
