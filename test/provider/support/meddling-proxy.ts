/**
 * Stands between a provider and its controller and breaks what the controller promises, in one way: what the test of plans
 * under drift must notice.
 */
import { ControllerClient, type ClusterPlan, type CommitClusterInput } from "@dvce/api";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

export type Fault =
  /** Places the cluster anew at commit, wherever the plan said. */
  | "replans at apply"
  /** Keeps no record of plans, so that asking again may be answered otherwise. */
  | "forgets its plans"
  /** Commits, and says that it refused. */
  | "refuses too late";

const planPath = /^\/v1\/clusters\/[^/]+\/plan(\?|$)/;
const commitPath = /^\/v1\/clusters\/[^/]+$/;

export class MeddlingProxy {
  #counter = 0;

  private constructor(
    private readonly server: Server,
    private readonly upstream: URL,
    private readonly controller: ControllerClient,
    private readonly fault: Fault,
  ) {}

  static async start(upstreamUrl: string, token: string, fault: Fault): Promise<MeddlingProxy> {
    const server = createServer();
    const controller = new ControllerClient({ url: upstreamUrl, token });
    const proxy = new MeddlingProxy(server, new URL(upstreamUrl), controller, fault);
    server.on("request", (request, response) => {
      proxy.#answer(request, response).catch((error: unknown) => {
        response.writeHead(502).end(String(error));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request);
    const url = request.url ?? "";
    if (this.fault === "forgets its plans" && request.method === "POST" && planPath.test(url)) {
      // Another text asks another question, for which there is no record.
      const plan = await this.#replan(JSON.parse(body.toString()) as CommitClusterInput["spec"]);
      return json(response, 200, plan);
    }
    if (this.fault !== "forgets its plans" && request.method === "PUT" && commitPath.test(url)) {
      const commit = JSON.parse(body.toString()) as CommitClusterInput;
      if (this.fault === "refuses too late") {
        await this.controller.commitCluster(commit);
        const error = { code: "DVCE_PLAN_STALE", message: "the plan is stale", retryable: false };
        return json(response, 409, { error });
      }
      const { placements } = await this.#replan(commit.spec);
      const spec = { ...commit.spec, rebalance: this.#text };
      return json(response, 200, await this.controller.commitCluster({ spec, placements }));
    }
    await this.#forward(request, body, response);
  }

  get #text(): string {
    return `proxy-${this.#counter}`;
  }

  #replan(spec: CommitClusterInput["spec"]): Promise<ClusterPlan> {
    this.#counter += 1;
    return this.controller.planCluster({ ...spec, rebalance: this.#text }, { explain: true });
  }

  #forward(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
    return new Promise((resolve, reject) => {
      const { method, headers, url: path } = request;
      const { hostname: host, port } = this.upstream;
      const forwarded = httpRequest({ host, port, method, path, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        answer.on("end", resolve);
      });
      forwarded.on("error", reject);
      forwarded.end(body);
    });
  }
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
