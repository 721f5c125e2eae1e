import { leastCost } from "../../test/placement/rules";
import { smallInstances } from "./instances";
import { makeLineage, SegmentSet } from "./lineage";
import { Optimum } from "./optimum";
import { imageLocality, imageLocalityUnclamped, peers, schedule } from "./peers";
import { placementGoals, quantile } from "./placement";
import { dvce, plan } from "./plan";
import { Random } from "../../test/support/random";
import { makeCluster, makeScene, type Scene } from "./scene";
import { Board } from "../../service/src/placement/solve/board";

const MB = 1024 * 1024;

/** Ten nodes, of which so many have an image of that size. */
function sceneOf(sizeBytes: number, holderCount: number): Scene {
  const scene = makeScene(1, { nodeCount: 10, versionCount: 1, replicaShare: holderCount / 10 });
  const digest = scene.versions[0]?.digest ?? "";
  return { ...scene, pool: { ...scene.pool, dataBytes: new Map([[digest, sizeBytes]]) } };
}

describe("peers", () => {
  const scores = (peer: typeof imageLocality, sizeBytes: number, holderCount: number): number[] => {
    const scene = sceneOf(sizeBytes, holderCount);
    const spec = makeCluster(1, scene, 1, 1);
    const score = peer.scoreOf(scene, new Board(scene.pool, spec.members, spec.constraints));
    return [...new Set(scene.pool.nodes.map((_node, node) => score(node, 0)))].sort((a, b) => a - b);
  };

  // 100 · (clamp(size · nodesWith/allNodes, 23 MB, 1000 MB) − 23 MB) / (1000 MB − 23 MB), in whole numbers.
  it.each([
    [500 * MB, 5, [0, 23]],
    [500 * MB, 1, [0, 2]],
    [200 * MB, 1, [0]],
    [4000 * MB, 5, [0, 100]],
  ])("score an image of %d bytes on %d of 10 nodes as Kubernetes does", (size, holders, expected) => {
    expect(scores(imageLocality, size, holders)).toEqual(expected);
  });

  it("score without the clamp what little there is", () =>
    expect(scores(imageLocalityUnclamped, 200 * MB, 1)).toEqual([0, 20 * MB]));

  it("place all members, or none", () => {
    const scene = makeScene(3, { nodeCount: 40, versionCount: 5, replicaShare: 0.2 });
    const spec = makeCluster(3, scene, 12, 3);
    for (const peer of peers) expect(schedule(peer, scene, spec, 1)).toHaveLength(12);
    expect(peers.map((peer) => schedule(peer, scene, spec, 1))).toEqual(
      peers.map((peer) => schedule(peer, scene, spec, 1)),
    );
    const tiny = makeScene(3, { nodeCount: 1, versionCount: 5, replicaShare: 1 });
    const crowd = makeCluster(3, tiny, 259, 3);
    for (const peer of peers) expect(schedule(peer, tiny, crowd, 1)).toBeUndefined();
  });
});

test("versions of a lineage share most of what they have with their parents", () => {
  const { versions, universe } = makeLineage(new Random(1), 20);
  const [root, second] = versions;
  const sizes = versions.map(({ sizeBytes }) => sizeBytes / MB);
  const missing = second?.segments.missingFrom(root?.segments ?? SegmentSet.of([], universe)) ?? 0;
  expect(missing).toBeGreaterThan(0);
  expect(missing).toBeLessThan((sizes[1] ?? 0) / 2);
  const all = SegmentSet.union(
    versions.map(({ segments }) => segments),
    universe,
  );
  for (const { segments } of versions) expect(segments.missingFrom(all)).toBe(0);
});

test("the exact least is what trying every assignment finds, and no bound lies above it", async () => {
  const optimum = await Optimum.load();
  for (const { scene, spec } of smallInstances(7, 2).filter(({ memberCount }) => memberCount <= 3)) {
    const pool = { ...scene.pool, nodes: scene.pool.nodes.slice(0, 6) };
    const least = leastCost(pool, spec);
    if (least === undefined) continue;
    const exact = optimum.leastCost(pool, spec, { exact: true });
    expect(exact / least).toBeGreaterThan(0.998);
    expect(exact).toBeLessThanOrEqual(least * 1.0001);
    expect(optimum.leastCost(pool, spec, { exact: false })).toBeLessThanOrEqual(least * 1.0001);
    expect(
      plan(dvce, { scene: { ...scene, pool }, spec, memberCount: 0, replicaShare: 0 }).cost,
    ).toBeGreaterThan(exact * 0.9999);
  }
});

test("quantiles are values that were measured", () => {
  expect(quantile([5, 1, 3], 0.5)).toBe(3);
  expect(quantile([5, 1, 3], 0.99)).toBe(5);
  expect(quantile([7], 0.5)).toBe(7);
});

test("goals are refused for rows that lack a case", () => {
  expect(() => placementGoals([])).toThrow("did not measure");
});
