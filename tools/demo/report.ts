/** What the demo reports: out/demo.json and the table, and whether it proved what it is there to prove. Pure. */

export interface MemberReport {
  /** Name of the domain, `<cluster>-<member>`. */
  readonly name: string;
  readonly node: string;
  /** Image bytes that the node lacked when the member was placed. */
  readonly missingBytesPlanned: number;
  /** Image bytes that the node had fetched from peers when the login prompt appeared. */
  readonly bytesFetchedAtLogin: number;
  readonly secondsToLogin: number;
  /** Bytes of the image's data, holes and zero blocks left out. */
  readonly imageBytes: number;
}

export interface DemoReport {
  readonly members: readonly MemberReport[];
  readonly secondPlanEmpty: boolean;
  /** Domains, volumes, processes, namespaces, links and folders that were left at the end; null with `--keep`. */
  readonly leftovers: number | null;
}

/** Part of the image that a member on a node without it may have fetched at its login prompt. */
const fetchedShareMax = 0.25;

/**
 * What the demo failed to show, in words; empty when it showed everything.
 * @param first members of the first cluster
 * @param second members of the second cluster
 */
export function shortcomings(first: readonly MemberReport[], second: readonly MemberReport[]): string[] {
  const problems: string[] = [];
  const lazy = first.filter((member) => member.missingBytesPlanned > 0);
  if (lazy.length === 0) problems.push("no member landed on a node that lacked chunks");
  const early = lazy.filter(
    (member) =>
      member.bytesFetchedAtLogin > 0 && member.bytesFetchedAtLogin < fetchedShareMax * member.imageBytes,
  );
  if (lazy.length > 0 && early.length === 0) {
    problems.push(`no member booted with less than ${fetchedShareMax * 100} % of the image fetched`);
  }
  for (const member of second) {
    if (member.missingBytesPlanned > 0) {
      problems.push(
        `${member.name} landed on ${member.node}, which lacked ${formatBytes(member.missingBytesPlanned)}`,
      );
    }
    if (member.bytesFetchedAtLogin > 0) {
      problems.push(
        `${member.name} fetched ${formatBytes(member.bytesFetchedAtLogin)} although its node had the image`,
      );
    }
  }
  return problems;
}

/** The members as a table for people. */
export function memberTable(members: readonly MemberReport[]): string {
  const header = ["MEMBER", "NODE", "MISSING (PLAN)", "FETCHED AT LOGIN", "OF THE IMAGE", "SECONDS TO LOGIN"];
  const rows = members.map((member) => [
    member.name,
    member.node,
    formatBytes(member.missingBytesPlanned),
    formatBytes(member.bytesFetchedAtLogin),
    `${((100 * member.bytesFetchedAtLogin) / member.imageBytes).toFixed(1)} %`,
    member.secondsToLogin.toFixed(1),
  ]);
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const isNumber = (column: number): boolean => column >= 2;
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return isNumber(column) ? cell.padStart(width) : cell.padEnd(width);
        })
        .join("  "),
    )
    .join("\n");
}

/** "0 B", "512 B", "39.0 MB": decimal units, as disks and links are counted. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ""}`;
}
