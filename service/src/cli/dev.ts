/**
 * `dvce dev pool up|status|down` and `dvce dev host start|stop|kill|cut|heal NODE`: a pool on this machine.
 *
 * What a program may read goes to standard output (`eval "$(dvce dev pool up)"` sets the environment), progress
 * to standard error.
 */
import { type Command, InvalidArgumentError } from "commander";
import {
  defaultBaseDirectory,
  defaultPoolName,
  DevPool,
  type DevPoolOptions,
  type DevPoolStatus,
} from "../dev-pool";

interface PoolFlags {
  readonly name: string;
  readonly directory: string;
  readonly json?: boolean;
}

interface UpFlags extends PoolFlags {
  readonly hosts?: number;
  readonly rate?: string;
  readonly memoryMib?: number;
  readonly vcpus?: number;
  readonly replicas?: number;
  readonly libvirtTcp?: boolean;
}

export function register(program: Command): void {
  const dev = program.command("dev").description("a pool on this machine, for development and tests");
  registerPool(dev.command("pool").description("bring the pool up, look at it, take it down"));
  registerHost(dev.command("host").description("stop, kill, cut off and start one host of the pool"));
}

function registerPool(pool: Command): void {
  withPoolFlags(pool.command("up"))
    .description("bring the pool up and print the environment that clients need")
    .option("--hosts <count>", "number of hosts (default 3)", parseCount)
    .option("--rate <rate>", "limit of each host's link in both directions, e.g. 1gbit (default none)")
    .option("--memory-mib <MiB>", "memory that each host offers (default 4096)", parseCount)
    .option("--vcpus <count>", "virtual CPUs that each host offers (default 4)", parseCount)
    .option("--replicas <count>", "nodes that keep each chunk (default 2)", parseCount)
    .option("--libvirt-tcp", "each host's libvirtd also listens on its own address, without authentication")
    .option("--json", "print the environment as JSON")
    .action(up);
  withPoolFlags(pool.command("status"))
    .description("show the controller and every host")
    .option("--json", "print as JSON")
    .action(async (flags: PoolFlags) => {
      const status = await (await DevPool.open(flags)).status();
      print(flags.json === true ? JSON.stringify(status, null, 2) : statusTable(status));
    });
  withPoolFlags(pool.command("down"))
    .description("remove the pool with everything on it, whatever state it is in")
    .action(async (flags: PoolFlags) => {
      await DevPool.down(flags);
      say(`the pool "${flags.name}" is gone`);
    });
}

function registerHost(host: Command): void {
  const verb = (name: string, description: string, act: (pool: DevPool, node: string) => Promise<void>) =>
    withPoolFlags(host.command(`${name} <node>`))
      .description(description)
      .action(async (node: string, flags: PoolFlags) => {
        await act(await DevPool.open(flags), node);
        say(`${name} ${node}: done`);
      });
  verb("start", "start what is not running, and heal the link", async (pool, node) => {
    await pool.host(node).start();
    await pool.host(node).heal();
  });
  verb("stop", "shut the host down: SIGTERM to guests, agent and libvirtd", (pool, node) =>
    pool.host(node).stop(),
  );
  verb("cut", "take the host's link down", (pool, node) => pool.host(node).cut());
  verb("heal", "take the host's link up again", (pool, node) => pool.host(node).heal());
  withPoolFlags(host.command("kill <node>"))
    .description("SIGKILL to agent and libvirtd, as a crash does")
    .option("--with-guests", "and to the guests, as a power cut does")
    .action(async (node: string, flags: PoolFlags & { withGuests?: boolean }) => {
      await (await DevPool.open(flags)).host(node).kill({ withGuests: flags.withGuests === true });
      say(`kill ${node}: done`);
    });
}

async function up(flags: UpFlags): Promise<void> {
  const { json, memoryMib, ...rest } = flags;
  const options: DevPoolOptions = { ...rest, ...(memoryMib === undefined ? {} : { memoryMiB: memoryMib }) };
  const abort = new AbortController();
  const onSignal = (): void => abort.abort(new Error("Interrupted; what was started is removed."));
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  try {
    const pool = await DevPool.up({ ...options, onProgress: say, signal: abort.signal });
    if (json === true) {
      print(JSON.stringify(await pool.environment(), null, 2));
      return;
    }
    const { DVCE_URL, DVCE_LIBVIRT_URI } = await pool.environment();
    print(`export DVCE_URL=${DVCE_URL ?? ""}`);
    print(`export DVCE_TOKEN="$(cat ${pool.tokenFile("admin")})"`);
    print(`export DVCE_LIBVIRT_URI=${DVCE_LIBVIRT_URI ?? ""}`);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

function withPoolFlags(command: Command): Command {
  return command
    .option("--name <name>", "which pool", defaultPoolName)
    .option("--directory <path>", "folder of all pools", defaultBaseDirectory);
}

function statusTable(status: DevPoolStatus): string {
  const rows = [
    ["HOST", "ADDRESS", "LINK", "LIBVIRTD", "AGENT", "GUESTS"],
    ...status.hosts.map((h) => [h.name, h.address, h.link, h.libvirtd, h.agent, String(h.guests)]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [
    `pool        ${status.name} (${status.directory})`,
    `controller  ${status.controller} at ${status.url}`,
    `libvirt     ${status.libvirtUri}`,
    "",
    ...lines,
  ].join("\n");
}

function parseCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Give a whole number of at least 1.");
  return Number(text);
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const say = (line: string): void => void process.stderr.write(`${line}\n`);
