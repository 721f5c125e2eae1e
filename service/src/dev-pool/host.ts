/**
 * One host of a development pool: a network namespace, a mount namespace with its own libvirt and DVCE folders,
 * a real libvirtd and a real node agent.
 *
 * The mount namespace is held by an idle process (`sleep`), so that it outlives libvirtd and agent; once that is
 * gone too, a new one over the same folders is as good. `ip netns exec` gives it a fresh /sys, in which no
 * cgroup is mounted, as libvirt's settings here expect.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { DvceError } from "@dvce/api";
import { libvirtConfig } from "./libvirt-config";
import {
  agentPort,
  bridgeAddress,
  bridgeControllerPort,
  bridgeName,
  hostAddress,
  hostMounts,
  libvirtTcpPort,
  namespaceName,
  type PoolPaths,
  vethName,
} from "./names";
import { ensureHostNetwork, isLinkUp, namespacePids, rateBytesPerSecond, setLink } from "./network";
import {
  commandLineOf,
  end,
  isAlive,
  livingProcess,
  type ProcessRecord,
  recordOf,
  signal,
  startProcess,
  waitEnded,
} from "./processes";
import { run, type RunOptions, type RunResult } from "./run";
import type { PoolState } from "./state";

export interface HostStatus {
  readonly name: string;
  readonly address: string;
  readonly link: "up" | "cut";
  readonly libvirtd: "running" | "stopped";
  readonly agent: "running" | "stopped";
  readonly guests: number;
}

export interface HostContext {
  readonly paths: PoolPaths;
  readonly state: PoolState;
  /** Command line of `dvce` before its arguments. */
  readonly command: readonly string[];
}

export class DevHost {
  readonly name: string;
  readonly address: string;
  /** Where the host's own folders lie, seen from outside. */
  readonly directory: string;
  readonly #context: HostContext;
  readonly #uuid: string;
  readonly #namespace: string;
  readonly #veth: string;

  constructor(context: HostContext, host: PoolState["hosts"][number]) {
    this.#context = context;
    this.#uuid = host.uuid;
    this.name = host.node;
    this.address = hostAddress(context.state.subnet, host.index);
    this.directory = join(context.paths.directory, host.node);
    this.#namespace = namespaceName(context.state.name, host.node);
    this.#veth = vethName(context.state.name, host.index);
  }

  get agentUrl(): string {
    return `http://${this.address}:${agentPort}`;
  }

  /** The host's libvirt socket as a path that any process of this machine can connect to. */
  get libvirtSocket(): string {
    return this.file("/run/libvirt/libvirt-sock");
  }

  /** URI of this host's own libvirtd for clients on this machine; by its Unix socket. */
  get libvirtUri(): string {
    return `qemu+unix:///system?socket=${this.libvirtSocket}`;
  }

  /** URI of this host's own libvirtd over its (rate limited) link; only in pools made with `libvirtTcp`. */
  get libvirtTcpUri(): string {
    return `qemu+tcp://${this.address}:${libvirtTcpPort}/system`;
  }

  /** Where a path of the host lies, seen from outside, e.g. /var/lib/dvce/volumes/a.qcow2. */
  file(path: string): string {
    for (const { at, folder } of hostMounts) {
      if (path === at || path.startsWith(`${at}/`))
        return join(this.directory, folder, path.slice(at.length));
    }
    throw new DvceError("DVCE_INPUT_INVALID", `${path} is not one of the host's own folders`);
  }

  /** Runs a command inside the host. Throws DVCE_NODE_UNREACHABLE when the host is stopped. */
  async exec(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return run([...(await this.#enter()), ...argv], options);
  }

  /** Starts whatever of the host is not running and waits until libvirtd and agent answer. Heals its link. */
  async start(aborted?: AbortSignal): Promise<void> {
    const { state, paths } = this.#context;
    await ensureHostNetwork({
      namespace: this.#namespace,
      veth: this.#veth,
      bridge: bridgeName(state.name),
      address: this.address,
      rate: state.rate,
    });
    await this.#makeFolders();
    await this.#ensureHolder();
    if ((await livingProcess(paths.pids, `${this.name}-libvirtd`)) === undefined) {
      const listen = state.libvirtTcp ? ["--listen"] : [];
      const libvirtd = ["libvirtd", "--timeout", "0", "--pid-file", "/run/libvirt/libvirtd.pid", ...listen];
      await this.#startService("libvirtd", libvirtd);
    }
    await this.#waitReady("libvirtd", () => canConnect({ path: this.libvirtSocket }), 60_000, aborted);
    // A new libvirtd runs QEMU several times to learn its capabilities when first asked: seconds, on a busy machine
    // many. Asked here, so that the first client is answered at once.
    const probed = await this.exec(["virsh", "-q", "-c", "qemu:///system", "capabilities"], {
      timeoutMs: 120_000,
    });
    if (probed.code !== 0) {
      throw new DvceError(
        "DVCE_TOOL_FAILED",
        `libvirtd of host ${this.name} gives no capabilities: ${probed.stderr}`,
      );
    }
    if (!state.agents) return;
    if ((await livingProcess(paths.pids, `${this.name}-agent`)) === undefined) {
      await this.#startService("agent", [...this.#context.command, "agent", ...this.#agentFlags()]);
    }
    const health = () => answersHealth(this.agentUrl);
    await this.#waitReady("agent", health, 120_000, aborted);
  }

  /** Shuts the host down: guests, agent and libvirtd get SIGTERM. */
  async stop(): Promise<void> {
    await end(await this.#all(), 15_000);
  }

  /** SIGKILL to agent and libvirtd; the guests run on unless `withGuests`. */
  async kill(options: { readonly withGuests?: boolean } = {}): Promise<void> {
    const { pids } = this.#context.paths;
    const services = await Promise.all(
      ["agent", "libvirtd"].map((role) => livingProcess(pids, `${this.name}-${role}`)),
    );
    const victims = [...services.filter((record) => record !== undefined)];
    if (options.withGuests === true) victims.push(...(await this.#guests()));
    for (const victim of victims) signal(victim, "SIGKILL");
    await waitEnded(victims, 10_000);
  }

  /** SIGKILL to the agent alone. */
  async killAgent(): Promise<void> {
    const agent = await livingProcess(this.#context.paths.pids, `${this.name}-agent`);
    if (agent) await end([agent], 0);
  }

  /** Takes the host's link down. Everything on the host runs on. */
  async cut(): Promise<void> {
    await setLink(this.#veth, "down");
  }

  async heal(): Promise<void> {
    await setLink(this.#veth, "up");
  }

  async status(): Promise<HostStatus> {
    const { pids } = this.#context.paths;
    const isRunning = async (role: string) =>
      (await livingProcess(pids, `${this.name}-${role}`)) === undefined ? "stopped" : "running";
    return {
      name: this.name,
      address: this.address,
      link: (await isLinkUp(this.#veth)) ? "up" : "cut",
      libvirtd: await isRunning("libvirtd"),
      agent: await isRunning("agent"),
      guests: (await this.#guests()).length,
    };
  }

  /** The last lines of what a service of the host wrote. */
  async log(role: "libvirtd" | "agent" | "mounts", lines = 20): Promise<string> {
    return lastLines(this.#logFile(role), lines);
  }

  async #all(): Promise<ProcessRecord[]> {
    return (await namespacePids(this.#namespace)).map(recordOf).filter((record) => record !== undefined);
  }

  async #guests(): Promise<ProcessRecord[]> {
    // libvirt names its guests; QEMU also runs unnamed, to be asked what it can do.
    return (await this.#all()).filter((record) =>
      /^\S*qemu-system\S* -name guest=/.test(commandLineOf(record.pid)),
    );
  }

  async #enter(): Promise<string[]> {
    const holder = await livingProcess(this.#context.paths.pids, `${this.name}-mounts`);
    if (holder === undefined) {
      throw new DvceError(
        "DVCE_NODE_UNREACHABLE",
        `The host ${this.name} of the pool ${this.#context.state.name} is stopped; ` +
          `start it with \`dvce dev host start ${this.name}\`.`,
      );
    }
    return ["nsenter", "-t", String(holder.pid), "-m", "-n", "--"];
  }

  async #makeFolders(): Promise<void> {
    for (const { folder } of hostMounts) await mkdir(join(this.directory, folder), { recursive: true });
    const { state } = this.#context;
    const tcp = state.libvirtTcp ? { address: this.address, port: libvirtTcpPort } : null;
    for (const [name, content] of libvirtConfig({ hostUuid: this.#uuid, tcp })) {
      await writeFile(this.file(`/etc/libvirt/${name}`), content);
    }
  }

  async #ensureHolder(): Promise<void> {
    const name = `${this.name}-mounts`;
    if ((await livingProcess(this.#context.paths.pids, name)) !== undefined) return;
    const mounts = hostMounts.map(({ at, folder }) => `mount --bind "$1/${folder}" ${at}`);
    const script = ["set -e", ...mounts, "exec sleep infinity"].join("\n");
    const inside = [
      "unshare",
      "--mount",
      "--propagation",
      "private",
      "sh",
      "-c",
      script,
      "host",
      this.directory,
    ];
    const record = await this.#start(name, this.#logFile("mounts"), [
      "ip",
      "netns",
      "exec",
      this.#namespace,
      ...inside,
    ]);
    const isMounted = async () => commandLineOf(record.pid).startsWith("sleep");
    await this.#waitReady("mounts", isMounted, 10_000);
  }

  async #startService(role: "libvirtd" | "agent", argv: readonly string[]): Promise<void> {
    await this.#start(`${this.name}-${role}`, this.#logFile(role), [...(await this.#enter()), ...argv]);
  }

  #start(name: string, log: string, argv: readonly string[]): Promise<ProcessRecord> {
    const { paths } = this.#context;
    return startProcess(argv, { poolDirectory: paths.directory, log, pids: paths.pids, name });
  }

  #agentFlags(): string[] {
    const { state, paths } = this.#context;
    const flags = [
      ["--name", this.name],
      ["--listen", `${this.address}:${agentPort}`],
      ["--advertise", this.agentUrl],
      ["--controller", `http://${bridgeAddress(state.subnet)}:${bridgeControllerPort}`],
      ["--node-token-file", join(paths.tokenDirectory, "node")],
      ["--vcpus", String(state.vcpus)],
      ["--memory-mib", String(state.memoryMiB)],
    ];
    if (state.rate !== null) {
      flags.push(["--link-bytes-per-second", String(Math.floor(rateBytesPerSecond(state.rate)))]);
    }
    return flags.flat();
  }

  #logFile(role: string): string {
    return join(this.#context.paths.logs, `${this.name}-${role}.log`);
  }

  async #waitReady(
    role: "libvirtd" | "agent" | "mounts",
    isReady: () => Promise<boolean>,
    timeoutMs: number,
    aborted?: AbortSignal,
  ): Promise<void> {
    await waitForService({
      what: `${role} of host ${this.name}`,
      isReady,
      timeoutMs,
      log: this.#logFile(role),
      process: () => livingProcess(this.#context.paths.pids, `${this.name}-${role}`),
      aborted,
    });
  }
}

export interface WaitForService {
  readonly what: string;
  readonly isReady: () => Promise<boolean>;
  readonly timeoutMs: number;
  readonly log: string;
  readonly process: () => Promise<ProcessRecord | undefined>;
  readonly aborted: AbortSignal | undefined;
}

/** Waits until a service answers. Throws DVCE_TOOL_FAILED with the end of its log when it ends or never does. */
export async function waitForService(options: WaitForService): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  while (!(await options.isReady())) {
    options.aborted?.throwIfAborted();
    const living = await options.process();
    const hasEnded = living === undefined || !isAlive(living);
    if (hasEnded || Date.now() > deadline) {
      const why = hasEnded
        ? "ended before it was ready"
        : `was not ready within ${options.timeoutMs / 1000} s`;
      throw new DvceError(
        "DVCE_TOOL_FAILED",
        `The ${options.what} ${why}. The end of ${options.log}:\n${await lastLines(options.log, 20)}`,
      );
    }
    await delay(100);
  }
}

/** The last `lines` lines of a file; empty when there is none. */
export async function lastLines(path: string, lines: number): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

/** Whether something accepts connections there. */
export function canConnect(target: { path: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target);
    const answer = (value: boolean) => {
      socket.destroy();
      resolve(value);
    };
    socket.once("connect", () => answer(true));
    socket.once("error", () => answer(false));
    socket.setTimeout(2000, () => answer(false));
  });
}

/** Whether `GET /v1/health` answers 200. */
export async function answersHealth(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v1/health`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}
