/** What the runs of this benchmark share: hosts, a controller, an origin that has the image, and the image in other forms. */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentClient, ControllerClient } from "@dvce/api";
import { ChunkBitmap, type ImageIndex } from "@dvce/image";
import pino from "pino";
import { hashToken } from "../../service/src/auth/bearer-token";
import { serveController, type RunningController } from "../../service/src/controller/serve";
import { bundleProgram, makeWorkFolder } from "../harness/work-folder";
import { Hosts, type Host, type HostProcess } from "./hosts";
import { storeImages, type StoredImages } from "./stored-images";

const image = "bench";
const nodeToken = "bench-node-token";
const adminToken = "bench-admin-token";
const controllerPort = 7800;
const pollMs = 10;

export const fetchersMax = 8;

/** What a fetch took. */
export interface Fetched {
  /** Until the last host has everything. */
  readonly seconds: number;
  /** That processors worked for the origin and the fetching hosts. */
  readonly processorSeconds: number;
  /** What the origin's link carried away, lower layers' headers included. */
  readonly originBytes: number;
}

export class Scene {
  readonly hosts: Hosts;
  readonly images: StoredImages;
  readonly #directory: string;
  readonly #controller: RunningController;
  readonly #origins: HostProcess[] = [];
  #runs = 0;

  private constructor(parts: {
    hosts: Hosts;
    images: StoredImages;
    directory: string;
    controller: RunningController;
  }) {
    this.hosts = parts.hosts;
    this.images = parts.images;
    this.#directory = parts.directory;
    this.#controller = parts.controller;
  }

  static async make(imagePath: string, cacheDirectory: string, say: (line: string) => void): Promise<Scene> {
    const directory = await makeWorkFolder(cacheDirectory, "fetch");
    for (const name of ["agent", "plain"])
      await bundleProgram(`bench/fetch/${name}-process.ts`, join(directory, `${name}.cjs`));
    say("storing the image");
    const images = await storeImages(imagePath, directory);
    const hosts = await Hosts.make(1 + fetchersMax);
    const controller = await startController(directory, hosts.bridgeAddress);
    const scene = new Scene({ hosts, images, directory, controller });
    try {
      await scene.#startOrigins();
    } catch (error) {
      await scene.close();
      throw error;
    }
    return scene;
  }

  get origin(): Host {
    const [origin] = this.hosts.hosts;
    if (origin === undefined) throw new Error("a scene without hosts");
    return origin;
  }

  /** The first hosts that have nothing. */
  fetchers(count: number): readonly Host[] {
    return this.hosts.hosts.slice(1, 1 + count);
  }

  /**
   * New agents on these hosts are told to fetch the image at once; it ends when every one of them holds it durably. With
   * `fetchedBefore` they have fetched the earlier one.
   */
  async fetchWithAgents(
    hosts: readonly Host[],
    { fetchedBefore = false }: { readonly fetchedBefore?: boolean } = {},
  ): Promise<Fetched> {
    const { index, earlier } = this.images;
    const run = join(this.#directory, `run-${this.#runs++}`);
    const agents = await Promise.all(hosts.map((host) => this.#startAgent(host, join(run, host.name))));
    try {
      for (const each of [index, earlier])
        await Promise.all(hosts.map((host) => this.#untilKnown(host, each)));
      if (fetchedBefore) await Promise.all(hosts.map((host) => this.#fetch(host, earlier)));
      const before = await this.#usage(agents);
      const startMs = performance.now();
      await Promise.all(hosts.map((host) => this.#fetch(host, index)));
      const seconds = (performance.now() - startMs) / 1000;
      const after = await this.#usage(agents);
      return {
        seconds,
        processorSeconds: after.processorSeconds - before.processorSeconds,
        originBytes: after.originBytes - before.originBytes,
      };
    } finally {
      for (const agent of agents) await agent.stop();
      await rm(run, { recursive: true, force: true });
    }
  }

  /** The same with plain clients. */
  async fetchPlainly(hosts: readonly Host[], mode: "raw" | "chunks" | "floor"): Promise<Fetched> {
    const before = await this.#usage([]);
    const url = `http://${this.origin.address}:7900`;
    const clients = hosts.map((host) => {
      const to = mode === "raw" ? join(this.#directory, `${host.name}.raw`) : join(this.#directory, "index");
      return this.hosts.start(host, join(this.#directory, "plain.cjs"), [mode, url, to]);
    });
    const answers = (await Promise.all(clients.map((client) => client.next()))) as Pick<
      Fetched,
      "seconds" | "processorSeconds"
    >[];
    for (const host of hosts) await rm(join(this.#directory, `${host.name}.raw`), { force: true });
    const after = await this.#usage([]);
    return {
      seconds: Math.max(...answers.map(({ seconds }) => seconds)),
      processorSeconds: answers.reduce(
        (sum, answer) => sum + answer.processorSeconds,
        after.processorSeconds - before.processorSeconds,
      ),
      originBytes: after.originBytes - before.originBytes,
    };
  }

  async close(): Promise<void> {
    for (const one of this.#origins) await one.stop();
    await this.#controller.close();
    await this.hosts.remove();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #startOrigins(): Promise<void> {
    const file = (name: string) => join(this.#directory, name);
    this.#origins.push(await this.#startAgent(this.origin, file("origin")));
    const plain = [this.origin.address, file("image.raw"), file("chunks"), file("index")];
    const server = this.hosts.start(this.origin, file("plain.cjs"), ["serve", ...plain]);
    this.#origins.push(server);
    await server.next();
    const admin = new ControllerClient({ url: this.#controllerUrl, token: adminToken });
    while (!(await admin.listNodes()).some(({ state }) => state === "ready")) await pause();
    for (const index of [this.images.earlier, this.images.index]) {
      const { missing } = await admin.announceVersion(image, index.encode());
      if (ChunkBitmap.fromBase64(missing, index.chunkCount).count() > 0)
        throw new Error("the origin lacks chunks of its own image");
      await admin.commitVersion(index.version, image);
    }
  }

  async #startAgent(host: Host, directory: string): Promise<HostProcess> {
    await mkdir(directory, { recursive: true });
    const parameters = [host.name, host.address, this.#controllerUrl, nodeToken, directory];
    const agent = this.hosts.start(host, join(this.#directory, "agent.cjs"), parameters);
    await agent.next();
    return agent;
  }

  get #controllerUrl(): string {
    return `http://${this.hosts.bridgeAddress}:${controllerPort}`;
  }

  /** Waits until a host's agent has joined the pool and has the index. */
  async #untilKnown(host: Host, index: ImageIndex): Promise<void> {
    for (;;) {
      const known = await this.#presentChunks(host, index).catch(() => -1);
      if (known > 0) throw new Error(`${host.name} has chunks before it fetched any`);
      if (known === 0) return;
      await pause();
    }
  }

  /**
   * Ends when the host has every chunk. Asks the more often the less is missing: asking takes time from what is measured.
   */
  async #fetch(host: Host, index: ImageIndex): Promise<void> {
    const { chunkCount, version } = index;
    const startMs = performance.now();
    await agentOf(host).replicateVersion(version);
    for (;;) {
      const present = await this.#presentChunks(host, index);
      if (present >= chunkCount) return;
      const leftMs = ((performance.now() - startMs) / Math.max(1, present)) * (chunkCount - present);
      await pause(Math.min(200, Math.max(pollMs, leftMs / 2)));
    }
  }

  /** Since they started: processors for the origin and the agents, and what the origin's link carried away. */
  async #usage(agents: readonly HostProcess[]): Promise<Omit<Fetched, "seconds">> {
    const processes = [...this.#origins, ...agents];
    const seconds = await Promise.all(processes.map((one) => one.processorSeconds()));
    return {
      processorSeconds: seconds.reduce((sum, one) => sum + one, 0),
      originBytes: await this.hosts.linkBytes(this.origin, "tx"),
    };
  }

  async #presentChunks(host: Host, { version, chunkCount }: ImageIndex): Promise<number> {
    const { bitmap } = await agentOf(host).getInventory(version);
    return ChunkBitmap.fromBase64(bitmap, chunkCount).count();
  }
}

function agentOf(host: Host): AgentClient {
  return new AgentClient({ url: `http://${host.address}:7801`, token: nodeToken });
}

const pause = (ms = pollMs): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function startController(directory: string, address: string): Promise<RunningController> {
  const file = (name: string) => join(directory, name);
  const tokens = [
    { name: "admin", role: "admin", tokenSha256: hashToken(adminToken) },
    { name: "nodes", role: "node", tokenSha256: hashToken(nodeToken) },
  ];
  await writeFile(file("tokens.json"), JSON.stringify({ tokens }), { mode: 0o600 });
  await writeFile(file("node.token"), nodeToken, { mode: 0o600 });
  return serveController({
    listen: [{ host: address, port: controllerPort }],
    dataDirectory: file("controller"),
    tokensFile: file("tokens.json"),
    nodeTokenFile: file("node.token"),
    gatewayListen: [{ host: "127.0.0.1", port: 0 }],
    clock: Date.now,
    settings: { replicas: 1 },
    logger: pino({ level: "warn" }, pino.destination(2)),
    version: "bench",
  });
}
