/** `dvce vm ls|console`. */
import { type Command, InvalidArgumentError } from "commander";
import { openClient, withClientFlags, type ClientFlags } from "./client";
import { formatHydration, formatTable, print } from "./output";

const tailBytesMax = 1024 * 1024;

export function register(program: Command): void {
  const vm = program.command("vm").description("domains that the pool's libvirt gateway routes");
  withClientFlags(vm.command("ls"))
    .description("every domain, its node and when it was last started")
    .action(async (flags: ClientFlags) => {
      const vms = await (await openClient(flags)).listVms();
      const rows = vms.map(({ domain, node, cluster, uuid, startedAt, hydration }) => [
        domain,
        node,
        cluster ?? "-",
        uuid,
        startedAt ?? "-",
        hydration === null ? "-" : formatHydration(hydration),
      ]);
      const headings = ["DOMAIN", "NODE", "CLUSTER", "UUID", "STARTED", "HYDRATION"];
      print({ vms }, () => formatTable(headings, rows), flags.json);
    });
  withClientFlags(vm.command("console <domain>"))
    .description("the end of a domain's serial console log")
    .option("--tail-bytes <count>", "how much of it", parseTail, 16 * 1024)
    .action(async (domain: string, flags: ClientFlags & { readonly tailBytes: number }) => {
      const tail = await (await openClient(flags)).getConsole(domain, flags.tailBytes);
      print(tail, () => tail.text, flags.json);
    });
}

function parseTail(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > tailBytesMax) {
    throw new InvalidArgumentError(`Give a whole number from 1 to ${tailBytesMax}.`);
  }
  return count;
}
