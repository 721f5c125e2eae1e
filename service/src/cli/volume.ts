/** `dvce volume ls`. */
import type { Command } from "commander";
import { openClient, withClientFlags, type ClientFlags } from "./client";
import { formatBytes, formatHydration, formatTable, print, shortDigest } from "./output";

export function register(program: Command): void {
  const volume = program.command("volume").description("members' disks");
  withClientFlags(volume.command("ls"))
    .description("every volume, its node, and how much of its image was fetched and is on the node")
    .action(async (flags: ClientFlags) => {
      const volumes = await (await openClient(flags)).listVolumes();
      const rows = volumes.map(({ domain, node, version, sizeBytes, fetchedBytes, hydration, createdAt }) => [
        domain,
        node,
        shortDigest(version),
        formatBytes(sizeBytes),
        formatBytes(fetchedBytes),
        formatHydration(hydration),
        createdAt,
      ]);
      const headings = ["VOLUME", "NODE", "VERSION", "SIZE", "FETCHED", "HYDRATION", "CREATED"];
      print({ volumes }, () => formatTable(headings, rows), flags.json);
    });
}
