/**
 * A node that keeps its chunks and volumes in memory and speaks the agent's API over real HTTP, registered with a
 * real controller. For suites about what lies before the agent: no libvirt, no root.
 */
import {
  AgentClient,
  ControllerClient,
  DvceError,
  agentCreateVolumeSchema,
  seedDigest,
  seedPath,
  volumePath,
  type AgentVolume,
  type VersionInventory,
} from "@dvce/api";
import { ChunkBitmap, decodeBatch, ImageIndex } from "@dvce/image";
import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import pino from "pino";
import { hashToken, verifierOf } from "../../../service/src/auth/bearer-token";
import { buildServer, octetsSchema, type Server } from "../../../service/src/plugins/server";

export interface MemoryNodeOptions {
  readonly name: string;
  readonly controllerUrl: string;
  readonly nodeToken: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly labels?: Readonly<Record<string, string>>;
}

const gibibyteBytes = 1024 ** 3;

export class MemoryNode {
  readonly name: string;
  readonly chunks = new Set<string>();
  readonly volumes = new Map<string, AgentVolume>();
  /** What a guest wrote to its disk, by domain. */
  readonly disks = new Map<string, string>();
  readonly retired = new Map<string, string>();
  /** While it is set, orders of volumes are not answered. */
  holdsVolumes = false;
  readonly #versions = new Map<string, ImageIndex>();
  readonly #controller: ControllerClient;
  readonly #server: Server;
  readonly #options: MemoryNodeOptions;
  #epoch = 0;
  #sequence = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: MemoryNodeOptions, server: Server) {
    this.name = options.name;
    this.#controller = new ControllerClient({ url: options.controllerUrl, token: options.nodeToken });
    this.#server = server;
    this.#options = options;
  }

  static async start(options: MemoryNodeOptions): Promise<MemoryNode> {
    const records = [{ name: "pool", role: "node" as const, tokenSha256: hashToken(options.nodeToken) }];
    const server = await buildServer({
      title: "memory node",
      version: "0.1.0",
      logger: pino({ level: "silent" }),
      verify: verifierOf(records),
    });
    const node = new MemoryNode(options, server);
    node.#addRoutes();
    await server.listen({ host: "127.0.0.1", port: 0 });
    const heartbeatIntervalMs = await node.register();
    node.#timer = setInterval(() => void node.report().catch(() => undefined), heartbeatIntervalMs);
    return node;
  }

  /** Joins the pool, also again after the controller refused its reports. Answers how often to report. */
  async register(): Promise<number> {
    const { labels, vcpus, memoryMiB } = this.#options;
    const { port } = this.#server.server.address() as AddressInfo;
    const { epoch, heartbeatIntervalMs } = await this.#controller.registerNode(this.name, {
      agentUrl: `http://127.0.0.1:${port}`,
      architecture: "x86_64",
      domainType: "qemu",
      labels: { ...labels },
      capacity: { vcpus, memoryMiB, diskBytes: 1024 * gibibyteBytes },
      linkBytesPerSecond: 125_000_000,
    });
    this.#epoch = epoch;
    this.#sequence = 0;
    await this.report();
    await this.report(); // the first is answered with "send all"
    return heartbeatIntervalMs;
  }

  /** Tells the controller what is here. */
  async report(): Promise<void> {
    const inventory = [...this.#versions.keys()].map((version) => this.#inventoryOf(version));
    await this.#controller.heartbeat(this.name, {
      epoch: this.#epoch,
      sequence: ++this.#sequence,
      storeBytes: 0,
      baseBytes: 0,
      diskFreeBytes: 1024 * gibibyteBytes,
      inventory,
    });
  }

  /** Ends heartbeats and answers. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#server.close();
  }

  #inventoryOf(version: string): VersionInventory {
    const index = this.#versions.get(version);
    if (index === undefined) throw new DvceError("DVCE_VERSION_NOT_FOUND", `no version ${version}`);
    const bitmap = new ChunkBitmap(index.chunks.length);
    index.chunks.forEach(({ digest }, position) => {
      if (this.chunks.has(digest)) bitmap.set(position);
    });
    return { version, bitmap: bitmap.toBase64() };
  }

  #volume(domain: string): AgentVolume {
    const volume = this.volumes.get(domain);
    if (volume === undefined) throw new DvceError("DVCE_VOLUME_NOT_FOUND", `no volume ${domain}`);
    return volume;
  }

  #addRoutes(): void {
    const app = this.#server;
    app.put("/v1/versions/:version", { schema: { body: octetsSchema } }, (request) => {
      const index = ImageIndex.decode(request.body);
      this.#versions.set(index.version, index);
      return this.#inventoryOf(index.version);
    });
    app.put("/v1/chunks", { schema: { body: octetsSchema } }, (request) => {
      const chunks = decodeBatch(request.body);
      for (const { digest } of chunks) this.chunks.add(digest);
      return { stored: chunks.length };
    });
    app.get("/v1/volumes", () => ({ volumes: [...this.volumes.values()] }));
    app.get<{ Params: { domain: string } }>("/v1/volumes/:domain", (request) =>
      this.#volume(request.params.domain),
    );
    app.delete<{ Params: { domain: string } }>("/v1/volumes/:domain", (request, reply) => {
      this.volumes.delete(request.params.domain);
      this.disks.delete(request.params.domain);
      return reply.code(204).send();
    });
    app.post<{ Params: { domain: string } }>("/v1/volumes/:domain/retire", (request, reply) => {
      const { domain } = request.params;
      this.#volume(domain);
      this.retired.set(domain, this.disks.get(domain) ?? "");
      this.volumes.delete(domain);
      this.disks.delete(domain);
      return reply.code(204).send();
    });
    app.get<{ Params: { domain: string } }>("/v1/retired-disks/:domain", (request, reply) => {
      const disk = this.retired.get(request.params.domain);
      if (disk === undefined) throw new DvceError("DVCE_VOLUME_NOT_FOUND", "no retired disk");
      const bytes = Buffer.from(disk);
      return reply
        .header("content-type", "application/octet-stream")
        .send(Readable.from([bytes, createHash("sha256").update(bytes).digest()]));
    });
    app.delete<{ Params: { domain: string } }>("/v1/retired-disks/:domain", (request, reply) => {
      this.retired.delete(request.params.domain);
      return reply.code(204).send();
    });
    app.post("/v1/volumes", { schema: { body: agentCreateVolumeSchema } }, async (request) => {
      const { domain, version, sizeBytes, seed, contents } = request.body;
      if (this.holdsVolumes) await new Promise((resolve) => request.raw.socket.once("close", resolve));
      const disk = contents === undefined ? "" : await this.#fetchDisk(contents.agentUrl, domain);
      const volume: AgentVolume = {
        domain,
        version,
        sizeBytes,
        path: volumePath(domain),
        seedPath: seedPath(domain),
        seedDigest: seedDigest(seed),
        createdAt: new Date().toISOString(),
        fetchedBytes: 0,
        hydration: { state: "waiting", presentBytes: 0, totalBytes: 1 },
      };
      this.volumes.set(domain, volume);
      this.disks.set(domain, disk);
      return volume;
    });
  }

  async #fetchDisk(agentUrl: string, domain: string): Promise<string> {
    const client = new AgentClient({ url: agentUrl, token: this.#options.nodeToken });
    const pieces: Buffer[] = [];
    for await (const piece of await client.fetchRetiredDisk(domain, new AbortController().signal))
      pieces.push(Buffer.from(piece as Buffer));
    return Buffer.concat(pieces).subarray(0, -32).toString();
  }
}
