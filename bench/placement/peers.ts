/**
 * Schedulers beside ours. Each takes the members one after the other, as a scheduler of pods does, and gives each the
 * node of the highest score among those that have room; equals are drawn by lot.
 */
import type { ClusterSpec } from "@dvce/api";
import { Board } from "../../service/src/placement/solve/board";
import { Random } from "../../test/support/random";
import type { Scene } from "./scene";

/** What a node scores for the member's image. */
type Score = (node: number, member: number) => number;

export interface Peer {
  readonly name: string;
  scoreOf(scene: Scene, board: Board): Score;
}

const MB = 1024 * 1024;
const thresholdMin = 23 * MB;
const containerThresholdMax = 1000 * MB;

/** What the nodes of an image score by it: its size, scaled by the share of the nodes that have it; 0 for the others. */
function scaledSize(scene: Scene, board: Board, node: number, member: number): number {
  const { version } = board.member(member);
  const holders = scene.holders.get(version);
  if (holders === undefined || !holders.has(board.node(node).name)) return 0;
  return Math.floor(((scene.pool.dataBytes.get(version) ?? 0) * holders.size) / scene.pool.nodes.length);
}

/**
 * Kubernetes' pkg/scheduler/framework/plugins/imagelocality/image_locality.go, for pods of one container: scores are whole numbers.
 * What a node fetches for one pod counts for the next only when the kubelet has reported it, hence not here.
 */
export const imageLocality: Peer = {
  name: "ImageLocality",
  scoreOf: (scene, board) => (node, member) => {
    const sum = scaledSize(scene, board, node, member);
    const clamped = Math.min(Math.max(sum, thresholdMin), containerThresholdMax);
    return Math.floor((100 * (clamped - thresholdMin)) / (containerThresholdMax - thresholdMin));
  },
};

export const imageLocalityUnclamped: Peer = {
  name: "ImageLocality, unclamped",
  scoreOf: (scene, board) => (node, member) => scaledSize(scene, board, node, member),
};

/** The fewest members in the zone, then in the rack, then on the node. */
export const spread: Peer = {
  name: "spread",
  scoreOf: (_scene, board) => {
    const members = new Map<string, number>();
    const domains = board.pool.nodes.map(({ name, labels }) => [
      { key: `zone ${labels["zone"] ?? ""}`, weight: 1e6 },
      { key: `rack ${labels["rack"] ?? ""}`, weight: 1e3 },
      { key: `node ${name}`, weight: 1 },
    ]);
    let counted = 0;
    return (node, member) => {
      for (; counted < member; counted++)
        for (const { key } of domains[board.nodeOf(counted)] ?? [])
          members.set(key, (members.get(key) ?? 0) + 1);
      return (domains[node] ?? []).reduce(
        (score, { key, weight }) => score - weight * (members.get(key) ?? 0),
        0,
      );
    };
  },
};

export const random: Peer = { name: "random", scoreOf: () => () => 0 };

export const peers: readonly Peer[] = [imageLocality, imageLocalityUnclamped, spread, random];

/** The node of each member, by position; undefined when some member finds no room. */
export function schedule(peer: Peer, scene: Scene, spec: ClusterSpec, seed: number): number[] | undefined {
  const board = new Board(scene.pool, spec.members, spec.constraints);
  const lots = new Random(seed);
  const score = peer.scoreOf(scene, board);
  for (const member of spec.members.keys()) {
    let best: number[] = [];
    let bestScore = Number.NEGATIVE_INFINITY;
    for (let node = 0; node < board.nodeCount; node++) {
      if (!board.allows(board.kindOf(member), node)) continue;
      const nodeScore = score(node, member);
      if (nodeScore > bestScore) [best, bestScore] = [[node], nodeScore];
      else if (nodeScore === bestScore) best.push(node);
    }
    const node = best[lots.below(best.length)];
    if (node === undefined) return undefined;
    board.place(member, node);
  }
  return spec.members.map((_member, position) => board.nodeOf(position));
}
