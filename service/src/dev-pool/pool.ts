/**
 * A pool of N hosts on one machine, for development, tests and benchmarks: real libvirtd and node agents in
 * namespaces on one bridge, and a real controller in the root namespace.
 *
 *     const pool = await DevPool.up({ name: "mytest", hosts: 3, rate: "1gbit" });
 *     await pool.host("n1").exec(["virsh", "list", "--all"]);
 *     await pool.down();
 */
import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ControllerClient, DvceError, type Role } from "@dvce/api";
import { dvceCommand } from "./dvce-command";
import { answersHealth, DevHost, type HostStatus, lastLines, waitForService } from "./host";
import {
  bridgeAddress,
  bridgeControllerPort,
  bridgeName,
  checkPoolName,
  controllerPort,
  defaultBaseDirectory,
  defaultPoolName,
  gatewayPort,
  hostCountMax,
  hostMounts,
  nodeName,
  type PoolPaths,
  poolPaths,
} from "./names";
import { ensureBridge, rateBytesPerSecond } from "./network";
import { end, livingProcess, startProcess } from "./processes";
import { checkRequirements } from "./requirements";
import { claimSubnet, ensureMountPoints, type PoolState, readState, writeState } from "./state";
import { findLeftovers, tearDown } from "./tear-down";
import { ensureTokens, readToken, tokenFile } from "./tokens";

export interface DevPoolOptions {
  /** 1 to 9 of a-z and 0-9. Default "dev". */
  readonly name?: string;
  /** Default 3. */
  readonly hosts?: number;
  /** Limit of each host's link in both directions in tc's notation, e.g. "1gbit". Default none. */
  readonly rate?: string;
  /** Memory that each host offers to members, MiB. Default 4096. */
  readonly memoryMiB?: number;
  /** Virtual CPUs that each host offers. Default 4. */
  readonly vcpus?: number;
  /** Nodes that keep each chunk. Default 2, or 1 in a pool of one host. */
  readonly replicas?: number;
  /** False: no controller (and no agents). Default true. */
  readonly controller?: boolean;
  /** False: hosts with libvirtd alone. Default true. */
  readonly agents?: boolean;
  /** Each libvirtd also listens on TCP on its host's address. Default false. */
  readonly libvirtTcp?: boolean;
  /** Folder of all pools. Default /var/lib/dvce-dev. */
  readonly directory?: string;
  /** Command line of `dvce` before its arguments. Default: the program or source tree that runs. */
  readonly command?: readonly string[];
  /** Called with each step, for people. */
  readonly onProgress?: (line: string) => void;
  /** Stops the start; what was made is removed. */
  readonly signal?: AbortSignal;
}

export interface DevPoolStatus {
  readonly name: string;
  readonly directory: string;
  readonly controller: "running" | "stopped";
  readonly url: string;
  readonly libvirtUri: string;
  readonly hosts: readonly HostStatus[];
}

export class DevPool {
  readonly name: string;
  readonly hosts: readonly DevHost[];
  readonly #paths: PoolPaths;
  readonly #state: PoolState;
  readonly #command: readonly string[];

  private constructor(paths: PoolPaths, state: PoolState, command: readonly string[]) {
    this.name = state.name;
    this.#paths = paths;
    this.#state = state;
    this.#command = command;
    this.hosts = state.hosts.map((host) => new DevHost({ paths, state, command }, host));
  }

  /**
   * Brings a pool up and waits till every node is ready. A pool of that name that exists is brought up again
   * as it was made. What this call made is removed when it fails.
   * Throws DVCE_INPUT_INVALID, DVCE_HOST_UNSUPPORTED, DVCE_POOL_EXISTS (made otherwise), DVCE_TOOL_FAILED.
   */
  static async up(options: DevPoolOptions = {}): Promise<DevPool> {
    const name = options.name ?? defaultPoolName;
    checkPoolName(name);
    const paths = poolPaths(options.directory ?? defaultBaseDirectory, name);
    checkOptions(options);
    await checkRequirements();
    const existing = await readState(paths);
    if (existing !== undefined) checkSame(existing, options);
    const command = options.command ?? (options.controller === false ? [] : dvceCommand());
    try {
      if (existing === undefined) await tearDown(name, paths); // what a crashed start left
      const state = existing ?? (await createState(paths, name, options));
      const pool = new DevPool(paths, state, command);
      await pool.#start(options.onProgress ?? (() => undefined), options.signal);
      return pool;
    } catch (error) {
      if (existing === undefined) await tearDown(name, paths);
      throw error;
    }
  }

  /** A pool that exists. Throws DVCE_POOL_NOT_FOUND. */
  static async open(options: Pick<DevPoolOptions, "name" | "directory" | "command"> = {}): Promise<DevPool> {
    const name = options.name ?? defaultPoolName;
    checkPoolName(name);
    const paths = poolPaths(options.directory ?? defaultBaseDirectory, name);
    const state = await readState(paths);
    if (state === undefined) {
      throw new DvceError(
        "DVCE_POOL_NOT_FOUND",
        `There is no pool "${name}" under ${paths.base}; start one with \`dvce dev pool up --name ${name}\`.`,
      );
    }
    return new DevPool(paths, state, options.command ?? (state.controller ? dvceCommand() : []));
  }

  /** Removes a pool, whatever state it is in; also one that does not exist. */
  static async down(options: Pick<DevPoolOptions, "name" | "directory"> = {}): Promise<void> {
    const name = options.name ?? defaultPoolName;
    checkPoolName(name);
    await tearDown(name, poolPaths(options.directory ?? defaultBaseDirectory, name));
  }

  /** What of a pool is on this machine, one line each; empty after `down`. */
  static leftovers(options: Pick<DevPoolOptions, "name" | "directory"> = {}): Promise<string[]> {
    const name = options.name ?? defaultPoolName;
    checkPoolName(name);
    return findLeftovers(name, poolPaths(options.directory ?? defaultBaseDirectory, name));
  }

  /** The controller's API, for clients on this machine. */
  get url(): string {
    return `http://127.0.0.1:${controllerPort(this.#state.subnet)}`;
  }

  /** The libvirt pool gateway. */
  get libvirtUri(): string {
    return `qemu+tcp://127.0.0.1:${this.gatewayPort}/system`;
  }

  /** Port of the gateway on 127.0.0.1. */
  get gatewayPort(): number {
    return gatewayPort(this.#state.subnet);
  }

  get directory(): string {
    return this.#paths.directory;
  }

  host(name: string): DevHost {
    const host = this.hosts.find((candidate) => candidate.name === name);
    if (host === undefined) {
      const known = this.hosts.map((candidate) => candidate.name).join(", ");
      throw new DvceError(
        "DVCE_NODE_NOT_FOUND",
        `The pool "${this.name}" has no host "${name}"; its hosts are ${known}.`,
      );
    }
    return host;
  }

  token(role: Role): Promise<string> {
    return readToken(this.#paths, role);
  }

  /** File that holds nothing but the token. */
  tokenFile(role: Role): string {
    return tokenFile(this.#paths, role);
  }

  async client(role: Role = "admin"): Promise<ControllerClient> {
    return new ControllerClient({ url: this.url, token: await this.token(role) });
  }

  /** What a client's environment needs: DVCE_URL, DVCE_TOKEN, DVCE_LIBVIRT_URI. */
  async environment(role: Role = "admin"): Promise<Record<string, string>> {
    return { DVCE_URL: this.url, DVCE_TOKEN: await this.token(role), DVCE_LIBVIRT_URI: this.libvirtUri };
  }

  async status(): Promise<DevPoolStatus> {
    const controller = await livingProcess(this.#paths.pids, "controller");
    return {
      name: this.name,
      directory: this.directory,
      controller: controller === undefined ? "stopped" : "running",
      url: this.url,
      libvirtUri: this.libvirtUri,
      hosts: await Promise.all(this.hosts.map((host) => host.status())),
    };
  }

  /** Starts the controller if it is not running and waits until it answers. */
  async startController(signal?: AbortSignal): Promise<void> {
    if ((await livingProcess(this.#paths.pids, "controller")) === undefined) {
      await mkdir(this.#paths.controllerData, { recursive: true });
      await startProcess([...this.#command, "controller", ...this.#controllerFlags()], {
        poolDirectory: this.directory,
        log: this.#controllerLogFile,
        pids: this.#paths.pids,
        name: "controller",
      });
    }
    await waitForService({
      what: "controller",
      isReady: () => answersHealth(this.url),
      timeoutMs: 120_000,
      log: this.#controllerLogFile,
      process: () => livingProcess(this.#paths.pids, "controller"),
      aborted: signal,
    });
  }

  /** Ends the controller: SIGTERM, or SIGKILL at once. */
  async stopController(options: { readonly kill?: boolean } = {}): Promise<void> {
    const record = await livingProcess(this.#paths.pids, "controller");
    if (record) await end([record], options.kill === true ? 0 : 15_000);
  }

  /** The end of the controller's log. */
  controllerLog(lines = 20): Promise<string> {
    return lastLines(this.#controllerLogFile, lines);
  }

  /** Waits until every node is ready. Throws DVCE_TOOL_FAILED that names those that are not. */
  async waitReady(timeoutMs = 60_000, signal?: AbortSignal): Promise<void> {
    const client = await this.client();
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const nodes = await client.listNodes();
      const waiting = this.hosts.filter(
        (host) => !nodes.some((node) => node.name === host.name && node.state === "ready"),
      );
      if (waiting.length === 0) return;
      signal?.throwIfAborted();
      if (Date.now() > deadline) {
        const logs = await Promise.all(
          waiting.map(async (host) => `${host.name}:\n${await host.log("agent")}`),
        );
        throw new DvceError(
          "DVCE_TOOL_FAILED",
          `Not ready within ${timeoutMs / 1000} s: ${waiting.map((host) => host.name).join(", ")}. ` +
            `Their agents' last lines:\n${logs.join("\n")}`,
        );
      }
      await delay(200);
    }
  }

  /** Removes the pool; nothing of it is left. */
  async down(): Promise<void> {
    await tearDown(this.name, this.#paths);
  }

  async #start(progress: (line: string) => void, signal: AbortSignal | undefined): Promise<void> {
    const { base, logs, pids } = this.#paths;
    for (const folder of [logs, pids]) await mkdir(folder, { recursive: true });
    await ensureMountPoints(
      base,
      hostMounts.map((mount) => mount.at),
    );
    await ensureTokens(this.#paths);
    await ensureBridge(bridgeName(this.name), bridgeAddress(this.#state.subnet));
    signal?.throwIfAborted();
    if (this.#state.controller) {
      progress(`starting the controller at ${this.url}`);
      await this.startController(signal);
    }
    progress(
      `starting ${this.hosts.length} hosts${this.#state.rate === null ? "" : ` at ${this.#state.rate}`}`,
    );
    const started = await Promise.allSettled(
      this.hosts.map(async (host) => {
        await host.start(signal);
        progress(`host ${host.name} is up at ${host.address}`);
      }),
    );
    for (const result of started) if (result.status === "rejected") throw result.reason;
    signal?.throwIfAborted();
    if (this.#state.controller && this.#state.agents) await this.waitReady(60_000, signal);
    progress(`the pool "${this.name}" is ready`);
  }

  #controllerFlags(): string[] {
    const { subnet, replicas } = this.#state;
    return [
      ["--listen", `127.0.0.1:${controllerPort(subnet)}`],
      ["--listen", `${bridgeAddress(subnet)}:${bridgeControllerPort}`],
      ["--data", this.#paths.controllerData],
      ["--tokens", this.#paths.tokens],
      ["--node-token-file", this.tokenFile("node")],
      ["--gateway-listen", `127.0.0.1:${gatewayPort(subnet)}`],
      ["--replicas", String(replicas)],
    ].flat();
  }

  get #controllerLogFile(): string {
    return join(this.#paths.logs, "controller.log");
  }
}

function checkOptions(options: DevPoolOptions): void {
  const bounds: readonly [string, number | undefined, number][] = [
    ["hosts", options.hosts, hostCountMax],
    ["memory-mib", options.memoryMiB, 16 * 1024 * 1024],
    ["vcpus", options.vcpus, 4096],
    ["replicas", options.replicas, options.hosts ?? 3],
  ];
  for (const [name, value, max] of bounds) {
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= max)) {
      throw new DvceError(
        "DVCE_INPUT_INVALID",
        `--${name} is ${value}; give a whole number from 1 to ${max}.`,
      );
    }
  }
  if (options.rate !== undefined) rateBytesPerSecond(options.rate);
}

async function createState(paths: PoolPaths, name: string, options: DevPoolOptions): Promise<PoolState> {
  const count = options.hosts ?? 3;
  const subnet = await claimSubnet(paths.base, name);
  const state: PoolState = {
    name,
    subnet,
    hosts: Array.from({ length: count }, (_, i) => ({
      index: i + 1,
      node: nodeName(i + 1),
      uuid: randomUUID(),
    })),
    rate: options.rate ?? null,
    memoryMiB: options.memoryMiB ?? 4096,
    vcpus: options.vcpus ?? 4,
    replicas: options.replicas ?? Math.min(2, count),
    controller: options.controller ?? true,
    agents: (options.controller ?? true) && (options.agents ?? true),
    libvirtTcp: options.libvirtTcp ?? false,
  };
  await writeState(paths, state);
  return state;
}

/** An existing pool is brought up as it was made; asking for another shape is an error, not a silent no. */
function checkSame(state: PoolState, options: DevPoolOptions): void {
  const asked: readonly [string, unknown, unknown][] = [
    ["hosts", options.hosts, state.hosts.length],
    ["rate", options.rate, state.rate],
    ["memory-mib", options.memoryMiB, state.memoryMiB],
    ["vcpus", options.vcpus, state.vcpus],
    ["replicas", options.replicas, state.replicas],
    ["libvirt-tcp", options.libvirtTcp, state.libvirtTcp],
  ];
  const differences = asked.filter(([, want, have]) => want !== undefined && want !== have);
  if (differences.length > 0) {
    const list = differences.map(([name, want, have]) => `${name} ${String(have)} (asked: ${String(want)})`);
    throw new DvceError(
      "DVCE_POOL_EXISTS",
      `The pool "${state.name}" exists with ${list.join(", ")}. ` +
        `Take it down first (\`dvce dev pool down --name ${state.name}\`), or choose another --name.`,
    );
  }
}
