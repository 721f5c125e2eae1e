/** Hosts for the benchmark: network namespaces on one bridge, each with a link of its own. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import {
  bridgeAddress,
  bridgeName,
  hostAddress,
  namespaceName,
  nodeName,
  vethName,
} from "../../service/src/dev-pool/names";
import {
  ensureBridge,
  ensureHostNetwork,
  removeNetwork,
  takenPrefixes,
} from "../../service/src/dev-pool/network";
import { runChecked, toolEnvironment } from "../../service/src/dev-pool/run";

const pool = "bfetch";
/** Of /proc, on every Linux that Node runs on. */
const clockTicksPerSecond = 100;

export interface Host {
  readonly name: string;
  readonly address: string;
  readonly namespace: string;
}

export class Hosts {
  readonly hosts: readonly Host[];
  /** Where the hosts reach this process. */
  readonly bridgeAddress: string;

  private constructor(subnet: number, count: number) {
    this.bridgeAddress = bridgeAddress(subnet);
    this.hosts = Array.from({ length: count }, (_, i) => {
      const name = nodeName(i);
      return { name, address: hostAddress(subnet, i), namespace: namespaceName(pool, name) };
    });
  }

  static async make(count: number): Promise<Hosts> {
    await removeNetwork(pool);
    const taken = await takenPrefixes();
    const subnet = Array.from({ length: 55 }, (_, i) => 200 + i).find(
      (number) => !taken.some((prefix) => prefix.startsWith(`10.213.${number}.`)),
    );
    if (subnet === undefined) throw new Error("no free subnet below 10.213.0.0/16");
    const hosts = new Hosts(subnet, count);
    await ensureBridge(bridgeName(pool), hosts.bridgeAddress);
    await hosts.limit(null);
    return hosts;
  }

  /** Gives every link a rate in tc's notation in each direction, or none. */
  async limit(rate: string | null): Promise<void> {
    for (const [i, { address, namespace }] of this.hosts.entries()) {
      const veth = vethName(pool, i);
      await ensureHostNetwork({ namespace, veth, bridge: bridgeName(pool), address, rate });
      if (rate !== null) continue;
      // What was limited before is not any more; a link that never was has nothing to delete.
      await runChecked(["sh", "-c", `tc qdisc del dev ${veth} root 2>&1 || true`]);
      await runChecked(["sh", "-c", `tc -n ${namespace} qdisc del dev eth0 root 2>&1 || true`]);
    }
  }

  /** Bytes that a host's link has carried, lower layers' headers included. */
  async linkBytes(host: Host, direction: "rx" | "tx"): Promise<number> {
    const path = `/sys/class/net/eth0/statistics/${direction}_bytes`;
    return Number(await runChecked(["ip", "netns", "exec", host.namespace, "cat", path]));
  }

  /** Starts a Node program on a host. */
  start(host: Host, program: string, parameters: readonly string[]): HostProcess {
    return new HostProcess(host, program, parameters);
  }

  async remove(): Promise<void> {
    await removeNetwork(pool);
  }
}

/** A program of this benchmark on a host. It tells what it has to tell in lines of JSON, and ends on SIGTERM. */
export class HostProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #what: string;

  constructor(host: Host, program: string, parameters: readonly string[]) {
    this.#what = `${program} on ${host.name}`;
    const argv = ["netns", "exec", host.namespace, process.execPath, program, ...parameters];
    this.#child = spawn("ip", argv, { stdio: ["ignore", "pipe", "inherit"], env: toolEnvironment() });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("a child without a standard output");
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** The next line that it prints. */
  async next(): Promise<unknown> {
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`${this.#what} ended without an answer`);
    return JSON.parse(line.value);
  }

  /** Seconds that processors have worked for it. */
  async processorSeconds(): Promise<number> {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // from the third on, see proc(5)
    return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    await ended;
  }
}
