/** What a placement must keep and what it costs, written down a second time, simply and slowly. */
import type { ClusterSpec, MemberSpec, Placement } from "@dvce/api";
import { domainLabels, riskOf, weights } from "../../service/src/placement/score/cost";
import type { NodeSnapshot, PoolSnapshot } from "../../service/src/placement/snapshot";

export type Assignment = ReadonlyMap<string, string>;

export const assignmentOf = (placements: readonly Placement[]): Assignment =>
  new Map(placements.map(({ member, node }) => [member, node]));

const membersOn = (node: NodeSnapshot, spec: ClusterSpec, assignment: Assignment): MemberSpec[] =>
  spec.members.filter((member) => assignment.get(member.name) === node.name);

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);

/** Whether the node may take a member of the cluster, whatever else is on it. */
const isOpen = (node: NodeSnapshot, { constraints }: ClusterSpec): boolean =>
  node.state === "ready" &&
  (constraints.architecture === null || constraints.architecture === node.architecture) &&
  Object.entries(constraints.nodeSelector).every(([key, value]) => node.labels[key] === value);

/**
 * Rules that the assignment breaks, in words.
 *
 * @param kept members that stayed where they were, which no rule asks to move
 */
export function brokenRules(
  pool: PoolSnapshot,
  spec: ClusterSpec,
  assignment: Assignment,
  kept: ReadonlySet<string> = new Set(),
): string[] {
  const broken: string[] = [];
  for (const member of spec.members)
    if (!pool.nodes.some((node) => node.name === assignment.get(member.name)))
      broken.push(`${member.name} is on no node`);
  for (const node of pool.nodes) {
    const here = membersOn(node, spec, assignment);
    const fresh = here.filter((member) => !kept.has(member.name));
    if (fresh.length === 0) continue;
    if (!isOpen(node, spec)) broken.push(`${node.name} is not open`);
    if (spec.constraints.antiAffinity && here.length > 1) broken.push(`${node.name} has two members`);
    const thin = pool.thinFactor ?? 1;
    const disk = (node.allocated.diskBytes + sum(here, (member) => member.diskBytes)) * thin;
    if (node.allocated.vcpus + sum(here, (member) => member.vcpus) > node.capacity.vcpus)
      broken.push(`${node.name} has too little vCPU`);
    if (node.allocated.memoryMiB + sum(here, (member) => member.memoryMiB) > node.capacity.memoryMiB)
      broken.push(`${node.name} has too little memory`);
    // A byte more or less is rounding of the thin factor.
    if (disk + (node.cacheBytes ?? 0) > node.capacity.diskBytes + 1)
      broken.push(`${node.name} has too little disk`);
  }
  return [...broken, ...brokenSkews(pool, spec, assignment, kept)];
}

function brokenSkews(
  pool: PoolSnapshot,
  spec: ClusterSpec,
  assignment: Assignment,
  kept: ReadonlySet<string>,
): string[] {
  const nodes = new Map(pool.nodes.map((node) => [node.name, node]));
  return Object.entries(spec.constraints.maxSkew).flatMap(([key, skewMax]) => {
    const valueOf = (member: MemberSpec) => nodes.get(assignment.get(member.name) ?? "")?.labels[key];
    const count = (value: string) => spec.members.filter((member) => valueOf(member) === value).length;
    const eligible = pool.nodes.flatMap((node) => (isOpen(node, spec) ? (node.labels[key] ?? []) : []));
    const fewest = Math.min(...eligible.map(count));
    return spec.members
      .filter((member) => !kept.has(member.name))
      .flatMap((member) => {
        const value = valueOf(member);
        if (value === undefined) return `${member.name} is on a node without ${key}`;
        return count(value) - fewest > skewMax ? `${member.name} breaks the skew of ${key}=${value}` : [];
      });
  });
}

/** The objective of score/cost.ts. */
export function costOf(pool: PoolSnapshot, spec: ClusterSpec, assignment: Assignment): number {
  let cost = 0;
  for (const node of pool.nodes) {
    const here = membersOn(node, spec, assignment);
    for (const version of new Set(here.map((member) => member.version)))
      cost += node.missingBytes.get(version) ?? 0;
    const share = (members: readonly MemberSpec[]) =>
      Math.max(
        (node.allocated.vcpus + sum(members, (member) => member.vcpus)) / node.capacity.vcpus,
        (node.allocated.memoryMiB + sum(members, (member) => member.memoryMiB)) / node.capacity.memoryMiB,
        ((node.allocated.diskBytes + sum(members, (member) => member.diskBytes)) * (pool.thinFactor ?? 1)) /
          node.capacity.diskBytes,
      );
    cost += weights.balanceBytes * (share(here) ** 2 - share([]) ** 2);
    cost += weights.historyBytes * riskOf(node.history) * here.length;
  }
  const nodes = new Map(pool.nodes.map((node) => [node.name, node]));
  const keys = new Set([...domainLabels, ...Object.keys(spec.constraints.maxSkew)]);
  const domains = [
    (node: NodeSnapshot | undefined) => node?.name,
    ...[...keys].map((key) => (node: NodeSnapshot | undefined) => node?.labels[key]),
  ];
  for (const domainOf of domains) {
    const counts = new Map<string | undefined, number>();
    for (const member of spec.members) {
      const domain = domainOf(nodes.get(assignment.get(member.name) ?? ""));
      counts.set(domain, (counts.get(domain) ?? 0) + 1);
    }
    for (const count of counts.values()) cost += weights.spreadBytes * (count / spec.members.length) ** 2;
  }
  return cost;
}

/** The least that any assignment that keeps every rule costs; undefined when there is none. Tries them all. */
export function leastCost(pool: PoolSnapshot, spec: ClusterSpec): number | undefined {
  let least: number | undefined;
  const assignment = new Map<string, string>();
  const visit = (position: number): void => {
    const member = spec.members[position];
    if (member === undefined) {
      if (brokenRules(pool, spec, assignment).length > 0) return;
      const cost = costOf(pool, spec, assignment);
      if (least === undefined || cost < least) least = cost;
      return;
    }
    for (const node of pool.nodes) {
      if (!isOpen(node, spec)) continue;
      assignment.set(member.name, node.name);
      const here = membersOn(node, spec, assignment);
      const fits =
        node.allocated.vcpus + sum(here, ({ vcpus }) => vcpus) <= node.capacity.vcpus &&
        node.allocated.memoryMiB + sum(here, ({ memoryMiB }) => memoryMiB) <= node.capacity.memoryMiB;
      if (fits) visit(position + 1);
      assignment.delete(member.name);
    }
  };
  visit(0);
  return least;
}
