/** `dvce cluster ls|show|plan|explain|rebalance`. */
import type { Cluster, ClusterPlan } from "@dvce/api";
import type { Command } from "commander";
import { openClient, withClientFlags, type ClientFlags } from "./client";
import { readClusterFile } from "./cluster-file";
import { explanationTable, movesLine, placementTable } from "./cluster/tables";
import { formatTable, print } from "./output";

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
  withClientFlags(cluster.command("plan <spec.json>"))
    .description("where each member of the cluster in the file would go, and why; changes nothing")
    .option("--explain", "the best of the nodes that each member does not go to, too")
    .action(async (file: string, flags: ClientFlags & { readonly explain?: boolean }) => {
      const client = await openClient(flags);
      const explain = flags.explain === true;
      const plan = await client.planCluster(await readClusterFile(file, client), { explain });
      print(plan, () => (explain ? explanationTable(plan) : placementTable(plan.placements)), flags.json);
    });
  withClientFlags(cluster.command("explain <name>"))
    .description("why each member of a cluster is where it is, or is about to move; changes nothing")
    .action(async (name: string, flags: ClientFlags) => {
      const client = await openClient(flags);
      const { spec } = await client.getCluster(name);
      const plan = await client.planCluster(spec, { explain: true });
      print(plan, () => explanationTable(plan), flags.json);
    });
  withClientFlags(cluster.command("rebalance <name>"))
    .description(
      "where each member of a cluster would go if all were placed afresh; changes nothing without --apply. A cluster that " +
        "Terraform made is better rebalanced there, by the attribute of that name",
    )
    .option("--apply", "commit these places; the next apply makes the disks of members that move")
    .action(async (name: string, flags: ClientFlags & { readonly apply?: boolean }) => {
      const client = await openClient(flags);
      const found = await client.getCluster(name);
      const spec = { ...found.spec, rebalance: rebalanceText(found) };
      const plan = await client.planCluster(spec);
      const { placements } = plan;
      if (flags.apply === true) await client.commitCluster({ spec, placements });
      print(plan, () => rebalancedText(plan, flags.apply === true), flags.json);
    });
}

/** The same until something is committed, so that what was shown first is what is applied. */
const rebalanceText = ({ updatedAt }: Cluster): string => `since ${updatedAt}`;

const rebalancedText = ({ placements }: ClusterPlan, applied: boolean): string =>
  [placementTable(placements), `${movesLine(placements)}${applied ? ": committed" : ""}`].join("\n");
