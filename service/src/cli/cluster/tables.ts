/** Placements and plans as tables. */
import type { ClusterPlan, MemberExplanation, Placement } from "@dvce/api";
import { formatBytes, formatTable } from "../output";

const secondsText = (seconds: number | null): string => (seconds === null ? "?" : seconds.toFixed(1));

/** One line a member; "a -> b" is a member that moves. What is to be known of members follows. */
export function placementTable(placements: readonly Placement[]): string {
  const table = formatTable(
    ["MEMBER", "NODE", "TO FETCH", "SECONDS", "REASON"],
    placements.map(({ member, node, moved, missingBytes, estimatedSeconds, reason }) => [
      member,
      moved === null ? node : `${moved} -> ${node}`,
      formatBytes(missingBytes),
      secondsText(estimatedSeconds),
      reason,
    ]),
  );
  return [table, ...warningLines(placements)].join("\n");
}

/** Each member's node, and below it the best of those that it does not go to. */
export function explanationTable({ placements, explanations = [] }: ClusterPlan): string {
  const table = formatTable(
    ["MEMBER", "NODE", "TO FETCH", "SECONDS", "WHY"],
    explanations.flatMap(explanationRows),
  );
  return [table, ...warningLines(placements)].join("\n");
}

function explanationRows({ member, chosen, rejected, furtherNodes }: MemberExplanation): string[][] {
  const row = (first: string, label: string, node: MemberExplanation["chosen"], why: string): string[] => [
    first,
    label,
    formatBytes(node.missingBytes),
    secondsText(node.estimatedSeconds),
    why,
  ];
  return [
    row(member, chosen.node, chosen, chosen.reason),
    ...rejected.map((node) => {
      const why = node.filter === null ? node.reason : `${node.filter}: ${node.reason}`;
      return row("", `  not ${node.node}`, node, why);
    }),
    ...(furtherNodes === 0 ? [] : [["", `  and ${furtherNodes} more`, "", "", ""]]),
  ];
}

/** What applying the plan would move, in one line. */
export function movesLine(placements: readonly Placement[]): string {
  const moving = placements.filter(({ moved }) => moved !== null);
  if (moving.length === 0) return `no member of ${placements.length} moves`;
  const bytes = moving.reduce((sum, { missingBytes }) => sum + missingBytes, 0);
  return `${moving.length} of ${placements.length} members move, ${formatBytes(bytes)} to fetch`;
}

/** Members that something is to be known of, together where it is the same. */
function warningLines(placements: readonly Placement[]): string[] {
  const members = new Map<string, string[]>();
  for (const { member, warning } of placements)
    if (warning !== null) members.set(warning, [...(members.get(warning) ?? []), member]);
  return [...members].map(([warning, names]) => `warning: ${names.join(", ")}: ${warning}`);
}
