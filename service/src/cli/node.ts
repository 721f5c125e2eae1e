/** `dvce node ls|inspect|cordon|uncordon|drain|undrain|fence|unfence|rm|forget-pool`. */
import { healthProblems, type Cluster, type Node, type NodeAction, type ScrubHealth } from "@dvce/api";
import type { Command } from "commander";
import { forgetPool } from "../agent/home-pool";
import { openClient, withClientFlags, type ClientFlags } from "./client";
import { formatBytes, formatTable, print } from "./output";

export function register(program: Command): void {
  const node = program.command("node").description("the pool's hosts");
  withClientFlags(node.command("ls"))
    .description("every node: its state, what is taken of it, and its chunk store")
    .action(async (flags: ClientFlags) => {
      const nodes = await (await openClient(flags)).listNodes();
      print({ nodes }, () => nodeTable(nodes), flags.json);
    });
  withClientFlags(node.command("inspect <node>"))
    .description("one node: its images' share of the disk, and the health of its chunks")
    .action(async (name: string, flags: ClientFlags) => {
      const found = await (await openClient(flags)).getNode(name);
      print(found, () => nodeText(found), flags.json);
    });
  const change = (action: NodeAction, description: string) =>
    withClientFlags(node.command(`${action} <node>`))
      .description(description)
      .action(async (name: string, flags: ClientFlags) => {
        const client = await openClient(flags);
        const changed = await client.changeNode(name, action);
        const leaving = membersLeave.has(action) ? membersOn(name, await client.listClusters()) : undefined;
        print(
          { ...changed, ...(leaving && { leaving }) },
          () => [`node ${name} is ${changed.state}`, ...(leaving ? [leavingLine(leaving)] : [])].join("\n"),
          flags.json,
        );
      });
  change("cordon", "take no new members; what is there stays");
  change("uncordon", "take new members again");
  change("drain", "take no new members; the next apply of each cluster moves its members to other nodes");
  change("undrain", "take new members again; members that have moved stay where they went");
  change("fence", "declare the node dead, so that the next apply makes its members again elsewhere");
  change("unfence", "take a fence back: the node is well, and nothing on it was made again elsewhere");
  withClientFlags(node.command("rm <node>"))
    .description(
      "take a node out of the pool that was fenced, or whose agent is stopped and with which nothing is lost",
    )
    .action(async (name: string, flags: ClientFlags) => {
      await (await openClient(flags)).removeNode(name);
      print({ removed: name }, () => `node ${name} is no longer in the pool`, flags.json);
    });
  node
    .command("forget-pool <data-dir>")
    .description(
      "on a host whose agent is stopped: let the agent join whatever pool its controller leads, and drop what that pool does " +
        "not list",
    )
    .option("--json", "print JSON")
    .action(async (directory: string, flags: { json?: boolean }) => {
      const forgotten = await forgetPool(directory);
      const said = forgotten ? "the pool is forgotten" : `${directory} belongs to no pool`;
      print({ forgotten }, () => said, flags.json);
    });
}

/** What makes members leave the node at their clusters' next apply. */
const membersLeave: ReadonlySet<NodeAction> = new Set(["drain", "fence"]);

/** Members on the node, by cluster. */
export function membersOn(node: string, clusters: readonly Cluster[]): Record<string, string[]> {
  const found = clusters.map(({ name, placements }): [string, string[]] => [
    name,
    placements.flatMap((placement) => (placement.node === node ? placement.member : [])),
  ]);
  return Object.fromEntries(found.filter(([, members]) => members.length > 0));
}

export function leavingLine(leaving: Readonly<Record<string, readonly string[]>>): string {
  const clusters = Object.entries(leaving).map(([cluster, members]) => `${cluster} (${members.join(", ")})`);
  if (clusters.length === 0) return "no cluster has members on it";
  return `the next apply places these members elsewhere: ${clusters.join(", ")}`;
}

export function nodeTable(nodes: readonly Node[]): string {
  return formatTable(
    ["NODE", "STATE", "VCPU", "MEMORY", "DISK", "IMAGES", "HEALTH", "TYPE", "LABELS"],
    nodes.map((node) => {
      const { name, state, allocated, capacity, storeBytes, baseBytes, domainType, labels } = node;
      return [
        name,
        state,
        `${allocated.vcpus}/${capacity.vcpus}`,
        `${formatBytes(allocated.memoryMiB * 1024 ** 2)}/${formatBytes(capacity.memoryMiB * 1024 ** 2)}`,
        `${formatBytes(allocated.diskBytes)}/${formatBytes(capacity.diskBytes)}`,
        formatBytes(storeBytes + baseBytes),
        healthWord(node),
        domainType,
        labelText(labels),
      ];
    }),
  );
}

/** One word for the table; `dvce node inspect` says the rest. */
function healthWord({ health }: Node): string {
  if (health === null) return "unknown";
  if (health.storeStopped !== null) return "store-stopped";
  if (health.lostChunks.length > 0) return "lost-chunks";
  if (health.dropsHeld) return "drops-held";
  if (health.quarantinedChunks > 0) return "healing";
  return health.cache.overQuotaBytes > 0 ? "over-quota" : "ok";
}

export function nodeText(node: Node): string {
  const { health } = node;
  const rows: [string, string][] = [
    ["node", node.name],
    ["state", node.state],
    ["agent", node.agentUrl],
    ["last seen", node.lastSeenAt ?? "never"],
    ["architecture", `${node.architecture}, ${node.domainType}`],
    ["labels", labelText(node.labels)],
    [
      "disk",
      `${formatBytes(node.allocated.diskBytes)} of ${formatBytes(node.capacity.diskBytes)} given to volumes`,
    ],
    ["chunks", formatBytes(node.storeBytes)],
    ["base files", formatBytes(node.baseBytes)],
    ["disk free", formatBytes(node.diskFreeBytes)],
  ];
  if (health === null) rows.push(["health", "not reported yet"]);
  else {
    const { cache, scrub } = health;
    const most = cache.bytesMax === null ? "no limit" : formatBytes(cache.bytesMax);
    rows.push(["images may take", `${most}, leaving ${formatBytes(cache.diskFreeBytesMin)} free`]);
    rows.push(["scrub", scrub === null ? "off" : scrubText(scrub)]);
    const problems = healthProblems(health);
    rows.push(["health", problems.length === 0 ? "ok" : problems.join("; ")]);
    for (const digest of health.lostChunks) rows.push(["lost chunk", digest]);
  }
  return rows.map(([name, value]) => `${name.padEnd(16)} ${value}`.trimEnd()).join("\n");
}

const scrubText = ({ lastFinishedAt, checkedBytes, foundChunks, healedChunks }: ScrubHealth): string =>
  `last pass ${lastFinishedAt === null ? "not over yet" : `over at ${lastFinishedAt}`}; since the agent started ` +
  `${formatBytes(checkedBytes)} checked, ${foundChunks} bad, ${healedChunks} healed`;

const labelText = (labels: Readonly<Record<string, string>>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
