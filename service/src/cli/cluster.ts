/** `dvce cluster ls|plan|show`. */
import type { Placement } from "@dvce/api";
import type { Command } from "commander";
import { openClient, withClientFlags, type ClientFlags } from "./client";
import { readClusterFile } from "./cluster-file";
import { formatBytes, formatTable, print } from "./output";

export function register(program: Command): void {
  const cluster = program.command("cluster").description("virtual clusters");
  withClientFlags(cluster.command("ls"))
    .description("every cluster and the nodes that it is on")
    .action(async (flags: ClientFlags) => {
      const clusters = await (await openClient(flags)).listClusters();
      const rows = clusters.map(({ name, placements, updatedAt }) => [
        name,
        `${placements.length}`,
        [...new Set(placements.map((placement) => placement.node))].sort().join(","),
        updatedAt,
      ]);
      print({ clusters }, () => formatTable(["CLUSTER", "MEMBERS", "NODES", "UPDATED"], rows), flags.json);
    });
  withClientFlags(cluster.command("show <name>"))
    .description("where each member of a cluster is, and why")
    .action(async (name: string, flags: ClientFlags) => {
      const found = await (await openClient(flags)).getCluster(name);
      print(found, () => placementTable(found.placements), flags.json);
    });
  withClientFlags(cluster.command("plan"))
    .description("where each member would go, and why; changes nothing")
    .requiredOption("-f, --file <spec.json>", "the cluster: name, members, constraints")
    .action(async (flags: ClientFlags & { readonly file: string }) => {
      const client = await openClient(flags);
      const plan = await client.planCluster(await readClusterFile(flags.file, client));
      print(plan, () => placementTable(plan.placements), flags.json);
    });
}

export function placementTable(placements: readonly Placement[]): string {
  return formatTable(
    ["MEMBER", "NODE", "TO FETCH", "SECONDS", "REASON"],
    placements.map(({ member, node, missingBytes, estimatedSeconds, reason }) => [
      member,
      node,
      formatBytes(missingBytes),
      estimatedSeconds === null ? "?" : estimatedSeconds.toFixed(1),
      reason,
    ]),
  );
}
