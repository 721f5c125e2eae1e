/**
 * Takes a pool away, whatever state it is in: the records may be missing, torn or stale, any process may have
 * been killed, and any of the steps below may have been done before.
 *
 * Order: processes (by record, by network namespace, by mark), then network, then files, then the claim on the
 * subnet. Mounts live in the hosts' mount namespaces alone and end with their processes.
 */
import { readdir, rm } from "node:fs/promises";
import { DvceError } from "@dvce/api";
import { isLinkOf, isNamespaceOf, type PoolPaths } from "./names";
import { listLinks, listNamespaces, namespacePids, removeNetwork } from "./network";
import {
  commandLineOf,
  end,
  markedProcesses,
  type ProcessRecord,
  recordedProcesses,
  recordOf,
} from "./processes";
import { releaseSubnet, removeBaseIfLast } from "./state";

/** What of a pool is on this machine, one line each. Empty when nothing is left. */
export async function findLeftovers(pool: string, paths: PoolPaths): Promise<string[]> {
  const processes = await poolProcesses(pool, paths);
  const namespaces = (await listNamespaces()).filter((name) => isNamespaceOf(pool, name));
  const links = (await listLinks()).filter((name) => isLinkOf(pool, name));
  const folders: string[] = await readdir(paths.base).catch(() => []);
  const files = folders.includes(pool) ? [paths.directory] : [];
  return [
    ...processes.map((record) => `process ${record.pid} ${commandLineOf(record.pid)}`),
    ...namespaces.map((name) => `network namespace ${name}`),
    ...links.map((name) => `link ${name}`),
    ...files.map((name) => `folder ${name}`),
  ];
}

/** Removes everything of the pool. Throws DVCE_TOOL_FAILED if a process survives SIGKILL. */
export async function tearDown(pool: string, paths: PoolPaths): Promise<void> {
  // Twice: a process that was just being started may have made a child after the first look.
  let survivors: ProcessRecord[] = [];
  for (let pass = 0; pass < 3; pass += 1) {
    const processes = await poolProcesses(pool, paths);
    if (processes.length === 0) break;
    survivors = await end(processes, pass === 0 ? 5_000 : 0);
  }
  if (survivors.length > 0) {
    const names = survivors.map((record) => `${record.pid} (${commandLineOf(record.pid)})`).join(", ");
    throw new DvceError("DVCE_TOOL_FAILED", `These processes of the pool ${pool} do not end: ${names}.`);
  }
  await removeNetwork(pool);
  await rm(paths.directory, { recursive: true, force: true, maxRetries: 5 });
  await releaseSubnet(paths.base, pool);
  await removeBaseIfLast(paths.base);
}

async function poolProcesses(pool: string, paths: PoolPaths): Promise<ProcessRecord[]> {
  const namespaces = (await listNamespaces()).filter((name) => isNamespaceOf(pool, name));
  const inNamespaces = (await Promise.all(namespaces.map(namespacePids))).flat();
  const records = [
    ...(await recordedProcesses(paths.pids)),
    ...inNamespaces.map(recordOf).filter((record) => record !== undefined),
    ...markedProcesses(paths.directory),
  ];
  const unique = new Map(records.map((record) => [record.pid, record]));
  unique.delete(process.pid);
  return [...unique.values()];
}

/** Names of the pools under `base`. */
export async function listPools(base: string): Promise<string[]> {
  const entries = await readdir(base, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}
