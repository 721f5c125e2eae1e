/** Two real libvirt hosts behind one gateway, and the clients that the tests use on it. */
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { volumeDirectory, volumePoolName } from "@dvce/api";
import pino from "pino";
import { DevPool, type DevHost } from "../../service/src/dev-pool";
import { run, type RunResult } from "../../service/src/dev-pool/run";
import { startGateway, type Gateway, type GatewaySettings } from "../../service/src/gateway";
import { MemoryRouting } from "./memory-routing";

const name = "tgw";
const libvirtTcpPort = 16_509;

/** Short enough for a test to wait for them. */
export const settings = {
  openTimeoutMs: 2_000,
  fanOutTimeoutMs: 2_000,
  keepaliveIntervalMs: 1_000,
  suspicionMs: 4_000,
} as const satisfies Partial<GatewaySettings>;

/** A domain that QEMU emulates, with nothing but a console and the disks that are given. */
export const domainXml = (domain: string, disks = ""): string => `<domain type="qemu">
  <name>${domain}</name><memory unit="MiB">32</memory><vcpu>1</vcpu>
  <os><type arch="x86_64" machine="pc">hvm</type></os>
  <devices>${disks}<serial type="pty"/><console type="pty"/></devices>
</domain>`;

export const volumeDisk = (volume: string): string =>
  `<disk type="volume" device="disk"><driver name="qemu" type="qcow2"/>` +
  `<source pool="${volumePoolName}" volume="${volume}"/><target dev="vda" bus="virtio"/></disk>`;

export class GatewayPool {
  readonly routing: MemoryRouting;
  readonly #directory: string;
  readonly #socketPath: string;
  readonly #pool: DevPool;
  #gateway: Gateway | undefined;

  private constructor(pool: DevPool, directory: string) {
    this.#pool = pool;
    this.#directory = directory;
    this.#socketPath = join(directory, "libvirt.sock");
    this.routing = new MemoryRouting(pool.hosts.map((host) => host.name));
  }

  static async up(): Promise<GatewayPool> {
    await DevPool.down({ name });
    const pool = await DevPool.up({ name, hosts: 2, controller: false, agents: false, libvirtTcp: true });
    const made = new GatewayPool(pool, await mkdtemp(join(tmpdir(), "dvce-gateway-")));
    for (const host of pool.hosts) {
      await made.onHost(host.name, ["mkdir", "-p", volumeDirectory, "/var/lib/dvce/consoles"]);
      await made.direct(host.name, ["pool-define-as", volumePoolName, "dir", "--target", volumeDirectory]);
      await made.direct(host.name, ["pool-start", volumePoolName]);
    }
    made.#gateway = await startGateway({
      listen: [{ host: "127.0.0.1", port: 0 }],
      socketPath: made.#socketPath,
      routing: made.routing,
      openLibvirt: (node, { readonly }) => made.#openLibvirt(node, readonly),
      settings,
      logger: pino({ level: "silent" }),
    });
    return made;
  }

  async down(): Promise<void> {
    await this.#gateway?.close();
    await DevPool.down({ name });
    await rm(this.#directory, { recursive: true, force: true });
  }

  get uri(): string {
    return `qemu+tcp://127.0.0.1:${this.#gateway?.addresses[0]?.port}/system`;
  }

  get socketUri(): string {
    return `qemu+unix:///system?socket=${this.#socketPath}`;
  }

  host(node: string): DevHost {
    return this.#pool.host(node);
  }

  /** virsh on the gateway. */
  virsh(args: readonly string[], uri = this.uri): Promise<RunResult> {
    return run(["virsh", "--quiet", "--connect", uri, ...args], { timeoutMs: 30_000 });
  }

  /** What virsh on the gateway prints. Throws what it complains of. */
  async ask(...args: string[]): Promise<string> {
    const result = await this.virsh(args);
    if (result.code !== 0) throw new Error(`virsh ${args.join(" ")}: ${result.stderr.trim()}`);
    return result.stdout.trim();
  }

  /** Names of domains, sorted, as a list on the gateway shows them. */
  async domains(...args: string[]): Promise<string[]> {
    const listed = await this.ask("list", "--all", "--name", ...args);
    return listed.split("\n").filter(Boolean).sort();
  }

  async define(xml: string): Promise<void> {
    await this.ask("define", await this.file("domain.xml", xml));
  }

  /** Writes a file that a client on this machine can read. */
  async file(fileName: string, content: string): Promise<string> {
    const path = join(this.#directory, fileName);
    await writeFile(path, content);
    return path;
  }

  /** virsh on one host's own libvirt, past the gateway. */
  direct(node: string, args: readonly string[]): Promise<string> {
    return this.onHost(node, ["virsh", "--quiet", "--connect", "qemu:///system", ...args]);
  }

  async onHost(node: string, argv: readonly string[]): Promise<string> {
    const result = await this.host(node).exec(argv);
    if (result.code !== 0) throw new Error(`${argv.join(" ")} on ${node}: ${result.stderr.trim()}`);
    return result.stdout.trim();
  }

  /** Defines a domain on one host past the gateway and all records. */
  async defineDirectly(node: string, domain: string): Promise<void> {
    const path = "/var/lib/dvce/direct.xml";
    await writeFile(this.host(node).file(path), domainXml(domain));
    await this.direct(node, ["define", path]);
  }

  /** Removes every domain of every host, and everything that was placed or recorded. */
  async clear(): Promise<void> {
    for (const { name: node } of this.#pool.hosts) {
      this.routing.setState(node, "ready");
      for (const domain of (await this.direct(node, ["list", "--all", "--name"]))
        .split("\n")
        .filter(Boolean)) {
        const state = await this.direct(node, ["domstate", domain]);
        const persistent = /Persistent: +yes/.test(await this.direct(node, ["dominfo", domain]));
        if (state !== "shut off") await this.direct(node, ["destroy", domain]);
        if (persistent) await this.direct(node, ["undefine", domain]);
      }
    }
    this.routing.clear();
  }

  /** Makes a volume as an agent does: file, record, refreshed pool. */
  async makeVolume(node: string, volume: string): Promise<string> {
    const path = `${volumeDirectory}/${volume}`;
    await this.onHost(node, ["qemu-img", "create", "-q", "-f", "qcow2", path, "16M"]);
    await this.direct(node, ["pool-refresh", volumePoolName]);
    this.routing.volumes.set(path, node);
    return path;
  }

  /** Makes a seed image as an agent does. */
  async makeSeed(node: string, seed: string): Promise<void> {
    const path = `${volumeDirectory}/${seed}`;
    await this.onHost(node, ["genisoimage", "-quiet", "-V", "cidata", "-o", path, "/etc/hostname"]);
    await this.direct(node, ["pool-refresh", volumePoolName]);
    this.routing.volumes.set(path, node);
  }

  /** Waits until the node of a domain is trusted again after it was away. */
  async untilAnswers(domain: string): Promise<void> {
    const deadlineMs = Date.now() + 20_000;
    while ((await this.virsh(["domstate", domain])).code !== 0) {
      if (Date.now() > deadlineMs) throw new Error(`domain ${domain} does not answer`);
      await delay(200);
    }
  }

  /** Stops and continues a host's libvirtd where it stands, as a machine that hangs does. */
  async signalLibvirtd(node: string, signal: "SIGSTOP" | "SIGCONT"): Promise<void> {
    process.kill(Number(await this.onHost(node, ["cat", "/run/libvirt/libvirtd.pid"])), signal);
  }

  /** Over the host's link, so that a host that is cut off is out of reach; read-only sockets are Unix sockets. */
  async #openLibvirt(node: string, readonly: boolean): Promise<Socket> {
    const host = this.host(node);
    const socket = readonly
      ? connect(host.file("/run/libvirt/libvirt-sock-ro"))
      : connect(libvirtTcpPort, host.address);
    await once(socket, "connect");
    return socket;
  }
}
