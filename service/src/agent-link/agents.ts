/** Typed clients of the nodes' agents, by node name. */
import { AgentClient, DvceError } from "@dvce/api";
import type { NodeRegistry } from "../controller/node-registry";

/** What the controller orders of an agent. */
export type AgentPort = Pick<
  AgentClient,
  | "putVersion"
  | "putChunks"
  | "fetchChunks"
  | "verifyChunks"
  | "replicateVersion"
  | "startPull"
  | "getPullIndex"
  | "deletePull"
  | "createVolume"
  | "listVolumes"
  | "getVolume"
  | "deleteVolume"
  | "retireVolume"
  | "deleteRetiredDisk"
  | "getConsole"
>;

/** Makes the client of the agent at `url`. */
export type ConnectAgent = (url: string) => AgentPort;

/** Requests that move no image bytes must be answered within this time. */
const timeoutMs = 15_000;

/** Real clients, which present the pool's node token. */
export function connectAgents(nodeToken: string): ConnectAgent {
  return (url) => new AgentClient({ url, token: nodeToken, timeoutMs });
}

export class Agents {
  readonly #clients = new Map<string, AgentPort>();

  constructor(
    private readonly registry: NodeRegistry,
    private readonly connect: ConnectAgent,
  ) {}

  /**
   * Client of the node's agent.
   *
   * @throws DvceError `DVCE_NODE_NOT_FOUND`; `DVCE_NODE_UNREACHABLE` at once when its heartbeats stopped, rather
   *   than after a timeout, or when it is fenced
   */
  of(name: string): AgentPort {
    const node = this.registry.get(name);
    if (node.state === "unreachable" || node.state === "fenced") {
      const why = node.state === "fenced" ? "was fenced" : "sends no heartbeats";
      throw new DvceError(
        "DVCE_NODE_UNREACHABLE",
        `Node ${name} ${why}. Bring its agent back, or, when the host is lost, run 'dvce node fence ${name}' ` +
          "and apply again.",
      );
    }
    const known = this.#clients.get(node.agentUrl);
    if (known !== undefined) return known;
    const client = this.connect(node.agentUrl);
    this.#clients.set(node.agentUrl, client);
    return client;
  }
}
