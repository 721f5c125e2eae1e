/** Plans of our planner and of its peers, and what they come to by one measure. */
import { placeCluster } from "../../service/src/placement/place-cluster";
import { Board } from "../../service/src/placement/solve/board";
import type { Instance } from "./instances";
import { schedule, type Peer } from "./peers";

export interface Plan {
  readonly milliseconds: number;
  readonly fetchedBytes: number;
  /** By service/src/placement/score/cost.ts. */
  readonly cost: number;
}

/** Node of each member, by position; undefined when the planner finds no room for some. */
export type Planner = (instance: Instance) => readonly number[] | undefined;

/** With words and all, as the controller asks for it. */
export const dvce: Planner = ({ scene, spec }) => {
  const { placements } = placeCluster(scene.pool, spec);
  const positions = new Map(scene.pool.nodes.map((node, position) => [node.name, position]));
  const nodes = new Map(placements.map(({ member, node }) => [member, positions.get(node) ?? -1]));
  return spec.members.map(({ name }) => nodes.get(name) ?? -1);
};

export const plannerOf =
  (peer: Peer, seed: number): Planner =>
  ({ scene, spec }) =>
    schedule(peer, scene, spec, seed);

/** @throws Error when the planner finds no room */
export function plan(planner: Planner, instance: Instance): Plan {
  const started = performance.now();
  const nodes = planner(instance);
  const milliseconds = performance.now() - started;
  if (nodes === undefined) throw new Error("a planner found no room where there is some");
  const { scene, spec } = instance;
  const board = new Board(scene.pool, spec.members, spec.constraints);
  nodes.forEach((node, member) => board.place(member, node));
  return { milliseconds, fetchedBytes: board.fetchedBytes, cost: board.cost };
}
