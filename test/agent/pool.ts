/** A real controller and real agents in this process, on loopback and free ports. libvirt is not needed. */
import { AgentClient, ControllerClient } from "@dvce/api";
import { digestOf, encodeBatch, encodeChunk, IndexBuilder, type ImageIndex } from "@dvce/image";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { startAgent, type Agent } from "../../service/src/agent/agent";
import type { AgentOptions } from "../../service/src/agent/options";
import { hashToken } from "../../service/src/auth/bearer-token";
import type { ControllerSettings } from "../../service/src/controller/settings";
import { serveController, type RunningController } from "../../service/src/controller/serve";

export const nodeToken = "token-of-the-nodes";
export const adminToken = "token-of-the-admin";
const logger = pino({ level: process.env["DVCE_TEST_LOG"] ?? "silent" });

export class TestPool {
  readonly folder: string;
  #controller: RunningController | undefined;
  #port = 0;
  readonly #agents = new Map<string, { agent: Agent; port: number }>();
  readonly #settings = new Map<string, Partial<AgentOptions>>();

  /** @param agents what agents are started with beside the defaults of tests */
  private constructor(
    folder: string,
    private readonly agents: Partial<AgentOptions>,
    private readonly settings: Partial<ControllerSettings>,
  ) {
    this.folder = folder;
  }

  static async start(
    nodes: readonly string[],
    agents: Partial<AgentOptions> = {},
    settings: Partial<ControllerSettings> = {},
  ): Promise<TestPool> {
    const pool = new TestPool(await mkdtemp(join(tmpdir(), "dvce-pool-")), agents, settings);
    const tokens = [
      { name: "admin", role: "admin", tokenSha256: hashToken(adminToken) },
      { name: "viewer", role: "viewer", tokenSha256: hashToken("token-of-a-viewer") },
      { name: "nodes", role: "node", tokenSha256: hashToken(nodeToken) },
    ];
    await writeFile(join(pool.folder, "tokens.json"), JSON.stringify({ tokens }), { mode: 0o600 });
    await writeFile(join(pool.folder, "node.token"), nodeToken, { mode: 0o600 });
    await pool.startController();
    for (const node of nodes) {
      await pool.startAgent(node);
      await pool.until(async () =>
        (await pool.admin.listNodes()).some(({ name, state }) => name === node && state === "ready"),
      );
    }
    return pool;
  }

  async startController(): Promise<void> {
    this.#controller = await serveController({
      listen: [{ host: "127.0.0.1", port: this.#port }],
      dataDirectory: join(this.folder, "controller"),
      tokensFile: join(this.folder, "tokens.json"),
      nodeTokenFile: join(this.folder, "node.token"),
      gatewayListen: [{ host: "127.0.0.1", port: 0 }],
      clock: Date.now,
      settings: { replicas: 1, ...this.settings },
      logger,
      version: "test",
    });
    this.#port = this.#controller.addresses[0]?.port ?? 0;
  }

  async stopController(): Promise<void> {
    await this.#controller?.close();
    this.#controller = undefined;
  }

  /** @param more what this one is started with beside, now and whenever it starts again */
  async startAgent(
    name: string,
    more: Partial<AgentOptions> = this.#settings.get(name) ?? {},
  ): Promise<void> {
    this.#settings.set(name, more);
    const port = this.#agents.get(name)?.port ?? 0;
    await mkdir(this.path(name), { recursive: true });
    const agent = await startAgent({
      name,
      listen: { host: "127.0.0.1", port },
      controllerUrl: this.controllerUrl,
      nodeToken,
      dataDirectory: this.path(name, "data"),
      runDirectory: this.path(name, "run"),
      libvirtSocket: this.path(name, "libvirt-sock"),
      labels: {},
      vcpuOvercommit: 1,
      probe: async () => "qemu",
      version: "test",
      logger,
      ...this.agents,
      ...more,
    });
    this.#agents.set(name, { agent, port: Number(new URL(agent.url).port) });
  }

  async stopAgent(name: string): Promise<void> {
    await this.#agents.get(name)?.agent.close();
  }

  async close(): Promise<void> {
    for (const { agent } of this.#agents.values()) await agent.close();
    await this.stopController();
    await rm(this.folder, { recursive: true });
  }

  /** What the controller's history tells, oldest first. */
  history() {
    return this.#controller?.controller.history.list() ?? [];
  }

  get controllerUrl(): string {
    return `http://127.0.0.1:${this.#port}`;
  }
  get admin(): ControllerClient {
    return new ControllerClient({ url: this.controllerUrl, token: adminToken });
  }
  agentUrl(name: string): string {
    return this.#agents.get(name)?.agent.url ?? "";
  }
  agent(name: string, token = nodeToken): AgentClient {
    return new AgentClient({ url: this.agentUrl(name), token });
  }
  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }
  /** What QEMU would open for a version on a node. */
  exportOf(node: string, version: string): string {
    return `nbd+unix:///${version}?socket=${this.path(node, "run", "nbd.sock")}`;
  }

  /** Puts an image onto whatever nodes the controller chooses; answers those. */
  async push(image: SampleImage, name = "sample"): Promise<readonly string[]> {
    const announced = await this.admin.announceVersion(name, image.index.encode());
    await this.admin.putChunks(
      image.index.version,
      encodeBatch(image.chunks.map((chunk) => encodeChunk(chunk))),
    );
    await this.admin.commitVersion(image.index.version, name);
    return announced.targets;
  }

  /** Waits until the condition holds; the test's own time limit bounds it. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface SampleImage {
  readonly index: ImageIndex;
  readonly chunks: readonly Buffer[];
  readonly bytes: Buffer;
}

/** An image of random chunks of 64 KiB with holes between them. */
export function sampleImage(chunkCount = 40): SampleImage {
  const chunkBytes = 65536;
  const bytes = Buffer.alloc(chunkCount * 2 * chunkBytes);
  const builder = new IndexBuilder(bytes.length);
  const chunks = Array.from({ length: chunkCount }, (_, i) => {
    const chunk = randomBytes(chunkBytes);
    const offsetBytes = i * 2 * chunkBytes;
    chunk.copy(bytes, offsetBytes);
    builder.add(Buffer.from(digestOf(chunk), "hex"), chunkBytes, {
      offsetBytes,
      offsetInChunk: 0,
      lengthBytes: chunkBytes,
    });
    return chunk;
  });
  return { index: builder.build(), chunks, bytes };
}
