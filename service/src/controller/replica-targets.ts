/** Which nodes will hold a version's replicas. Pure and deterministic. */
import { DvceError, type NodeState } from "@dvce/api";
import { compareNames } from "../placement/snapshot";

export interface TargetCandidate {
  readonly name: string;
  readonly state: NodeState;
  /** It has taken the version's index just now. */
  readonly answered: boolean;
  readonly diskFreeBytes: number;
  /** Image bytes of the version that it has. */
  readonly presentBytes: number;
}

export interface TargetChoice {
  readonly nodes: readonly TargetCandidate[];
  readonly replicas: number;
  /** The targets so far. */
  readonly current: readonly string[];
  /** Every current target has held every chunk. */
  readonly complete: boolean;
  /** What nodes that were asked failed with. */
  readonly failures: ReadonlyMap<string, Error>;
}

/**
 * The current targets that are still there, filled up to `replicas` with the ready nodes that have the most of
 * the version's bytes, then the most free disk, then by name. Fewer when fewer are ready.
 *
 * A target of a complete version stays until it is fenced: it has the bytes, and comes back with them.
 *
 * @throws DvceError `DVCE_PLACEMENT_INFEASIBLE` with every node and its state when there is no target at all
 */
export function chooseTargets(choice: TargetChoice): string[] {
  const byName = new Map(choice.nodes.map((node) => [node.name, node]));
  const kept = choice.current.filter((name) => {
    const node = byName.get(name);
    if (node === undefined || node.state === "fenced") return false;
    return choice.complete || (node.state !== "unreachable" && node.answered);
  });
  const further = choice.nodes
    .filter((node) => node.state === "ready" && node.answered && !kept.includes(node.name))
    .sort(
      (a, b) =>
        b.presentBytes - a.presentBytes || b.diskFreeBytes - a.diskFreeBytes || compareNames(a.name, b.name),
    )
    .slice(0, Math.max(0, choice.replicas - kept.length))
    .map((node) => node.name);
  const targets = [...kept, ...further];
  if (targets.length > 0) return targets;
  throw new DvceError(
    "DVCE_PLACEMENT_INFEASIBLE",
    "No node is ready to take the image. Start agents on the pool's hosts, or wait until they have joined.",
    {
      details: choice.nodes.map((node) => ({
        message: `${node.name} is ${node.state}${describeFailure(choice.failures.get(node.name))}`,
      })),
    },
  );
}

const describeFailure = (failure: Error | undefined): string =>
  failure === undefined ? "" : `, but: ${failure.message}`;
