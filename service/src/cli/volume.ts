/** `dvce volume ls`. */
import type { Command } from "commander";
import { openClient, withClientFlags, type ClientFlags } from "./client";
import { formatBytes, formatTable, print, shortDigest } from "./output";

export function register(program: Command): void {
  const volume = program.command("volume").description("members' disks");
  withClientFlags(volume.command("ls"))
    .description("every volume, its node, and how much of its image was fetched for it")
    .action(async (flags: ClientFlags) => {
      const volumes = await (await openClient(flags)).listVolumes();
      const rows = volumes.map(({ domain, node, version, sizeBytes, fetchedBytes, createdAt }) => [
        domain,
        node,
        shortDigest(version),
        formatBytes(sizeBytes),
        formatBytes(fetchedBytes),
        createdAt,
      ]);
      const headings = ["VOLUME", "NODE", "VERSION", "SIZE", "FETCHED", "CREATED"];
      print({ volumes }, () => formatTable(headings, rows), flags.json);
    });
}
