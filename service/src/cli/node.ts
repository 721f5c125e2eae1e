/** `dvce node ls|cordon|uncordon|fence`. */
import type { Node } from "@dvce/api";
import type { Command } from "commander";
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
  const change = (action: "cordon" | "uncordon" | "fence", description: string) =>
    withClientFlags(node.command(`${action} <node>`))
      .description(description)
      .action(async (name: string, flags: ClientFlags) => {
        const changed = await (await openClient(flags)).changeNode(name, action);
        print(changed, () => `node ${changed.name} is ${changed.state}`, flags.json);
      });
  change("cordon", "take no new members; what is there stays");
  change("uncordon", "take new members again; also takes back a fence");
  change("fence", "declare the node dead, so that the next apply makes its members again elsewhere");
}

export function nodeTable(nodes: readonly Node[]): string {
  return formatTable(
    ["NODE", "STATE", "VCPU", "MEMORY", "DISK", "STORE", "TYPE", "LABELS"],
    nodes.map(({ name, state, allocated, capacity, storeBytes, domainType, labels }) => [
      name,
      state,
      `${allocated.vcpus}/${capacity.vcpus}`,
      `${formatBytes(allocated.memoryMiB * 1024 ** 2)}/${formatBytes(capacity.memoryMiB * 1024 ** 2)}`,
      `${formatBytes(allocated.diskBytes)}/${formatBytes(capacity.diskBytes)}`,
      formatBytes(storeBytes),
      domainType,
      Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(","),
    ]),
  );
}
