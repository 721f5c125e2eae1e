/** What the runs of this benchmark share: hosts, a controller, an origin that has the image, and the image in other forms. */
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AgentClient, ControllerClient } from "@dvce/api";
import {
  ChunkBitmap,
  ChunkWorkers,
  decodeChunk,
  encodeBatchRecord,
  ingestImage,
  openImageSource,
  type ImageIndex,
} from "@dvce/image";
import pino from "pino";
import { hashToken } from "../../service/src/auth/bearer-token";
import { serveController, type RunningController } from "../../service/src/controller/serve";
import { openPackStore, storeSink } from "../../service/src/store";
import { bundleProgram, makeWorkFolder } from "../harness/work-folder";
import { Hosts, type Host, type HostProcess } from "./hosts";

const image = "bench";
const nodeToken = "bench-node-token";
const adminToken = "bench-admin-token";
const controllerPort = 7800;
const pollMs = 25;

export const fetchersMax = 8;

export class Scene {
  readonly hosts: Hosts;
  readonly index: ImageIndex;
  /** Bytes of the image's unique chunks as they are stored and sent. */
  readonly encodedBytes: number;
  readonly #directory: string;
  readonly #controller: RunningController;
  readonly #processes: HostProcess[] = [];
  #runs = 0;

  private constructor(parts: {
    hosts: Hosts;
    index: ImageIndex;
    encodedBytes: number;
    directory: string;
    controller: RunningController;
  }) {
    this.hosts = parts.hosts;
    this.index = parts.index;
    this.encodedBytes = parts.encodedBytes;
    this.#directory = parts.directory;
    this.#controller = parts.controller;
  }

  static async make(imagePath: string, cacheDirectory: string, say: (line: string) => void): Promise<Scene> {
    const directory = await makeWorkFolder(cacheDirectory, "fetch");
    for (const name of ["agent", "plain"])
      await bundleProgram(`bench/fetch/${name}-process.ts`, join(directory, `${name}.cjs`));
    say("storing the image");
    const { index, encodedBytes } = await storeImage(imagePath, directory);
    const hosts = await Hosts.make(1 + fetchersMax);
    const controller = await startController(directory, hosts.bridgeAddress);
    const scene = new Scene({ hosts, index, encodedBytes, directory, controller });
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

  /** Seconds until every one of new agents on these hosts holds the image durably, all told to fetch it at once. */
  async fetchWithAgents(hosts: readonly Host[]): Promise<number> {
    const run = join(this.#directory, `run-${this.#runs++}`);
    const agents = await Promise.all(hosts.map((host) => this.#startAgent(host, join(run, host.name))));
    try {
      await Promise.all(hosts.map((host) => this.#untilKnown(host)));
      const startMs = performance.now();
      await Promise.all(
        hosts.map(async (host) => {
          await agentOf(host).replicateVersion(this.index.version);
          while ((await this.#presentChunks(host)) < this.index.chunkCount) await pause();
        }),
      );
      return (performance.now() - startMs) / 1000;
    } finally {
      for (const agent of agents) await agent.stop();
      await rm(run, { recursive: true, force: true });
    }
  }

  /** Seconds until the last of plain clients on these hosts has everything. */
  async fetchPlainly(hosts: readonly Host[], mode: "raw" | "chunks"): Promise<number> {
    const url = `http://${this.origin.address}:7900`;
    const clients = hosts.map((host) => {
      const to = mode === "raw" ? join(this.#directory, `${host.name}.raw`) : join(this.#directory, "index");
      return this.hosts.start(host, join(this.#directory, "plain.cjs"), [mode, url, to]);
    });
    const answers = await Promise.all(clients.map((client) => client.next()));
    for (const host of hosts) await rm(join(this.#directory, `${host.name}.raw`), { force: true });
    return Math.max(...answers.map((answer) => (answer as { seconds: number }).seconds));
  }

  async close(): Promise<void> {
    for (const one of this.#processes) await one.stop();
    await this.#controller.close();
    await this.hosts.remove();
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #startOrigins(): Promise<void> {
    const file = (name: string) => join(this.#directory, name);
    this.#processes.push(await this.#startAgent(this.origin, file("origin")));
    const plain = [this.origin.address, file("image.raw"), file("chunks"), file("index")];
    const server = this.hosts.start(this.origin, file("plain.cjs"), ["serve", ...plain]);
    this.#processes.push(server);
    await server.next();
    const admin = new ControllerClient({ url: this.#controllerUrl, token: adminToken });
    while (!(await admin.listNodes()).some(({ state }) => state === "ready")) await pause();
    const { missing } = await admin.announceVersion(image, this.index.encode());
    if (ChunkBitmap.fromBase64(missing, this.index.chunkCount).count() > 0)
      throw new Error("the origin lacks chunks of its own image");
    await admin.commitVersion(this.index.version, image);
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
  async #untilKnown(host: Host): Promise<void> {
    for (;;) {
      const known = await this.#presentChunks(host).catch(() => -1);
      if (known > 0) throw new Error(`${host.name} has chunks before it fetched any`);
      if (known === 0) return;
      await pause();
    }
  }

  async #presentChunks(host: Host): Promise<number> {
    const { bitmap } = await agentOf(host).getInventory(this.index.version);
    return ChunkBitmap.fromBase64(bitmap, this.index.chunkCount).count();
  }
}

function agentOf(host: Host): AgentClient {
  return new AgentClient({ url: `http://${host.address}:7801`, token: nodeToken });
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, pollMs));

/** Puts the image into the origin's store, and its data as one file and as one file of encoded chunks beside it. */
async function storeImage(
  imagePath: string,
  directory: string,
): Promise<{ index: ImageIndex; encodedBytes: number }> {
  const store = await openPackStore(join(directory, "origin", "data", "store"));
  const source = await openImageSource(imagePath);
  const workers = new ChunkWorkers();
  const index = await ingestImage(source, storeSink(store), { workers });
  await source.close();
  await workers.close();
  const raw = await open(join(directory, "image.raw"), "w");
  const chunks = await open(join(directory, "chunks"), "w");
  let encodedBytes = 0;
  for (let i = 0; i < index.chunkCount; i++) {
    const chunk = await store.get(index.chunkDigest(i));
    if (chunk === undefined) throw new Error(`chunk ${i} was not stored`);
    encodedBytes += chunk.payload.length;
    await raw.write(decodeChunk(chunk));
    await chunks.write(encodeBatchRecord(chunk));
  }
  await raw.close();
  await chunks.close();
  await store.close();
  await writeFile(join(directory, "index"), index.encode());
  return { index, encodedBytes };
}

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
