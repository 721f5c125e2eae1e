/** A real controller over nodes in memory, listening on loopback. */
import { ControllerClient } from "@dvce/api";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { hashToken } from "../../../service/src/auth/bearer-token";
import { serveController, type RunningController } from "../../../service/src/controller/serve";
import { MemoryNode, type MemoryNodeOptions } from "./memory-node";

const tokens = {
  admin: "admin-token",
  operator: "operator-token",
  planner: "planner-token",
  node: "node-token",
};

export type TestPoolNode = Pick<MemoryNodeOptions, "name" | "vcpus" | "memoryMiB" | "labels">;

export class TestPool {
  private constructor(
    readonly directory: string,
    readonly nodes: Map<string, MemoryNode>,
    private readonly running: RunningController,
  ) {}

  static async start(nodes: readonly TestPoolNode[]): Promise<TestPool> {
    const directory = await mkdtemp(path.join(tmpdir(), "dvce-test-pool-"));
    const tokensFile = path.join(directory, "tokens.json");
    const nodeTokenFile = path.join(directory, "node-token");
    const records = Object.entries(tokens).map(([role, token]) => ({
      name: role,
      role,
      tokenSha256: hashToken(token),
    }));
    await writeFile(tokensFile, JSON.stringify({ tokens: records }), { mode: 0o600 });
    await writeFile(nodeTokenFile, tokens.node, { mode: 0o600 });
    const running = await serveController({
      listen: [{ host: "127.0.0.1", port: 0 }],
      dataDirectory: path.join(directory, "data"),
      tokensFile,
      nodeTokenFile,
      gatewayListen: [{ host: "127.0.0.1", port: 0 }],
      settings: { heartbeatIntervalMs: 500, replicas: 1 },
      clock: Date.now,
      logger: pino({ level: "silent" }),
      version: "0.1.0",
    });
    const pool = new TestPool(directory, new Map(), running);
    for (const node of nodes) {
      const options = { ...node, controllerUrl: pool.url, nodeToken: tokens.node };
      pool.nodes.set(node.name, await MemoryNode.start(options));
    }
    return pool;
  }

  get url(): string {
    return `http://127.0.0.1:${this.running.addresses[0]?.port ?? 0}`;
  }

  /** For what a test looks at or changes behind Terraform's back. */
  get client(): ControllerClient {
    return new ControllerClient({ url: this.url, token: tokens.admin });
  }

  token(role: keyof typeof tokens): string {
    return tokens[role];
  }

  async close(): Promise<void> {
    for (const node of this.nodes.values()) await node.close();
    await this.running.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}
