/** What a plan of the pool means for the user's cluster: who moves, what becomes of disks, what to be warned of. */
import type { ClusterPlan as PoolPlan, Node, OnMove, Placement } from "@dvce/api";
import { DiagnosticError, attributeAt, type Diagnostic } from "../../diagnostics/diagnostic";
import {
  keepUnmoved,
  fromPlacements,
  toSpec,
  type ClusterInput,
  type ClusterState,
  type Placements,
} from "./model";

/** A member that leaves its node. */
export interface Move {
  readonly member: string;
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  /** State of the node that it leaves; "gone" when the pool has it no more. */
  readonly fromState: Node["state"] | "gone";
  /** Another version or size gives it a new, empty disk whether it moves or not. */
  readonly diskIsNew: boolean;
}

export interface Decision {
  readonly placements: Placements;
  readonly moves: readonly Move[];
  readonly warnings: readonly Omit<Diagnostic, "severity">[];
}

/** Warned of from here on: that long members read their images over the network. */
const slowFetchSeconds = 60;

const summaryOf = (cluster: string, what: string): string => `Cluster ${JSON.stringify(cluster)}: ${what}`;
const linesOf = (lines: readonly string[]): string => lines.map((line) => `  - ${line}`).join("\n");

/**
 * Makes the plan's placements those of the state, with the figures of those who stay as they were.
 *
 * @throws DiagnosticError for moves that the user forbids, and for those whose disk cannot be brought along
 */
export function decide(
  plan: PoolPlan,
  input: ClusterInput,
  prior: ClusterState | null,
  nodes: readonly Node[],
): Decision {
  const states = new Map(nodes.map(({ name, state }) => [name, state]));
  const moves = plan.placements.flatMap((placement) => moveOf(placement, input, prior, states));
  const onMove = toSpec(input).onMove;
  if (moves.length > 0) refuseMoves(input.name, moves, onMove);
  const placements = keepUnmoved(fromPlacements(plan), prior?.placements ?? null);
  const warnings = [
    ...warnOfMoves(input.name, moves, onMove),
    ...warnOfStays(input.name, plan.placements),
    ...warnOfSlowFetches(input.name, plan.placements, prior?.placements ?? null),
  ];
  return { placements, moves, warnings };
}

function moveOf(
  { member, node, moved, reason }: Placement,
  input: ClusterInput,
  prior: ClusterState | null,
  states: ReadonlyMap<string, Node["state"]>,
): readonly Move[] {
  const from = moved ?? prior?.placements?.[member]?.node ?? node;
  if (from === node) return [];
  const [before, now] = [prior?.members[member], input.members[member]];
  const diskIsNew = before?.version !== now?.version || before?.disk_gib !== now?.disk_gib;
  return [{ member, from, to: node, reason, fromState: states.get(from) ?? "gone", diskIsNew }];
}

const isLost = ({ fromState }: Move): boolean => fromState === "gone" || fromState === "fenced";

function refuseMoves(cluster: string, moves: readonly Move[], onMove: OnMove): void {
  if (onMove === "forbid") {
    throw refusal(
      cluster,
      "members would move, and on_move forbids it",
      `${linesOf(moves.map(describeMove))}\n\nMake their nodes take them again (dvce node undrain, or unfence), undo the change that ` +
        'moves them, or set on_move = "restore" to bring their disks along, or "recreate" to give them new, empty ones. ' +
        "To destroy the cluster instead, use terraform destroy -refresh=false.",
    );
  }
  const lost = onMove === "restore" ? moves.filter((move) => isLost(move) && !move.diskIsNew) : [];
  if (lost.length > 0) {
    throw refusal(
      cluster,
      "members cannot bring their disks along",
      `${linesOf(lost.map(describeMove))}\n\nTheir disks can only be copied from the node that has them. Bring that node back ` +
        '(dvce node unfence), or set on_move = "recreate" to give them new, empty disks: what is on the ' +
        "old ones is lost then.",
    );
  }
}

const refusal = (cluster: string, what: string, detail: string): DiagnosticError =>
  new DiagnosticError({
    severity: "error",
    summary: `Unable to plan cluster ${JSON.stringify(cluster)}: ${what}`,
    detail,
    path: attributeAt("members"),
  });

const describeMove = ({ member, from, fromState, to, reason }: Move): string =>
  `${member} from ${from} (${fromState}) to ${to}: ${reason}`;

function warnOfMoves(cluster: string, moves: readonly Move[], onMove: OnMove): Decision["warnings"] {
  if (moves.length === 0) return [];
  const lines = moves.map((move) => {
    const copied = onMove === "restore" && !move.diskIsNew;
    const disk = copied
      ? "its disk is copied while the member is shut off"
      : "it gets a new, empty disk, and what is on the old one is lost";
    return `${describeMove(move)}; ${disk}`;
  });
  const path = attributeAt("members");
  return [{ summary: summaryOf(cluster, "members move"), detail: linesOf(lines), path }];
}

function warnOfStays(cluster: string, placements: readonly Placement[]): Decision["warnings"] {
  const lines = placements.flatMap(({ member, node, warning }) =>
    warning === null ? [] : `${member} on ${node}: ${warning}`,
  );
  if (lines.length === 0) return [];
  const path = attributeAt("members");
  return [
    { summary: summaryOf(cluster, "members stay where new ones would not go"), detail: linesOf(lines), path },
  ];
}

function warnOfSlowFetches(
  cluster: string,
  placements: readonly Placement[],
  prior: Placements | null,
): Decision["warnings"] {
  const lines = placements.flatMap(({ member, node, missingBytes, estimatedSeconds }) =>
    estimatedSeconds === null || estimatedSeconds <= slowFetchSeconds || prior?.[member]?.node === node
      ? []
      : `${member}: ${node} lacks ${gigabytes(missingBytes)} of its image, ${inWords(estimatedSeconds)} at its link's rate`,
  );
  if (lines.length === 0) return [];
  const detail =
    `${linesOf(lines)}\n\nThey boot before that, and read what is missing over the network meanwhile. Pushing the image with ` +
    "more replicas, or to those nodes first, makes it shorter.";
  return [
    {
      summary: summaryOf(cluster, "images take over a minute to arrive"),
      detail,
      path: attributeAt("members"),
    },
  ];
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

function inWords(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
