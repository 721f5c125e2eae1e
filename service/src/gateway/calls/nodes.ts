/**
 * Calls to one node, to some node, to all nodes, for one client. Knows which nodes may be asked at all: a node
 * that the controller holds for unreachable is not waited for, a fenced one is as good as gone.
 */
import { errorCode, errorDomain, LibvirtError, toLibvirtError } from "../wire/errors";
import { unreachable, type Reply } from "../upstream/connection";
import { withDeadline } from "../upstream/deadline";
import type { NodeHealth } from "../upstream/health";
import type { UpstreamPool } from "../upstream/pool";
import type { GatewayRouting } from "../routing";
import type { GatewayLogger, GatewaySettings } from "../settings";

export interface Answer {
  readonly node: string;
  readonly reply: Reply;
}

/** What came back from all nodes. */
export interface Answers {
  /** In the order of nodes: ready ones first, then by name. */
  readonly answers: readonly Answer[];
  /** Nodes that may hold something and did not say. */
  readonly silent: readonly string[];
}

const stateRank = new Map([
  ["ready", 0],
  ["cordoned", 1],
  ["draining", 1],
  // It has not told its chunks yet; its libvirt answers, and may hold what is sought.
  ["joining", 2],
]);

export class NodeCalls {
  constructor(
    private readonly routing: GatewayRouting,
    private readonly upstreams: UpstreamPool,
    private readonly health: NodeHealth,
    private readonly settings: GatewaySettings,
    private readonly logger: GatewayLogger,
  ) {}

  isFenced(node: string): boolean {
    return this.routing.nodes().some((known) => known.name === node && known.state === "fenced");
  }

  /** @throws LibvirtError at once for a node known to be unreachable; later for one that turns out to be */
  async call(node: string, procedure: number, payload: Buffer): Promise<Reply> {
    const state = this.routing.nodes().find((known) => known.name === node)?.state;
    if (state === undefined) throw unreachable(node, "the pool has no such node");
    if (state === "fenced") throw unreachable(node, "it is fenced");
    if (state === "unreachable") {
      throw unreachable(node, "it sends no heartbeats; if it is lost for good, fence it");
    }
    return this.#tracked(node, this.upstreams.call(node, procedure, payload));
  }

  /**
   * The first node in order that answers, so that a client sees one node's view throughout. For calls that
   * change nothing: when a node fails, or says nothing for the fan-out's time, the next is asked as well.
   * @throws LibvirtError the last failure, when not one of them answers
   */
  askAny(procedure: number, payload: Buffer): Promise<Reply> {
    const { asked, left } = this.#candidates();
    // Those left out are a last resort: better a slow answer than none.
    const nodes = [...asked, ...left];
    return new Promise((resolve, reject) => {
      let next = 0;
      let underWay = 0;
      let failure = this.#noNode();
      const askNext = (): void => {
        const node = nodes[next];
        if (node === undefined) {
          if (underWay === 0) reject(failure);
          return;
        }
        next += 1;
        underWay += 1;
        const impatience = setTimeout(() => {
          this.health.silent(node);
          askNext();
        }, this.settings.fanOutTimeoutMs);
        this.#tracked(node, this.upstreams.call(node, procedure, payload))
          .then(resolve, (error: unknown) => {
            failure = toLibvirtError(error);
            underWay -= 1;
            // After the impatience the next one was asked already, and this only matters as the last failure.
            askNext();
          })
          .finally(() => clearTimeout(impatience));
      };
      askNext();
    });
  }

  /**
   * All nodes at once, each within the fan-out's time; for calls that may rightly take longer (`patient`), as
   * long as the node shows that it lives.
   * @throws LibvirtError when not one of them answers
   */
  async askAll(call: (node: string) => Promise<Reply>, patient = false): Promise<Answers> {
    const { asked, left } = this.#candidates();
    const silent = [...left];
    const outcomes = await Promise.all(
      asked.map(async (node): Promise<Answer | undefined> => {
        try {
          const work = call(node);
          return { node, reply: await (patient ? this.#tracked(node, work) : this.#bounded(node, work)) };
        } catch (error) {
          this.logger.warn({ node, error: String(error) }, "left a node out of a call to all nodes");
          silent.push(node);
          return undefined;
        }
      }),
    );
    const answers = outcomes.filter((outcome) => outcome !== undefined);
    if (answers.length === 0) throw silent[0] === undefined ? this.#noNode() : this.#noneOf(silent);
    return { answers, silent };
  }

  /** As {@link askAll}, the same call for every node. */
  askAllSame(procedure: number, payload: Buffer): Promise<Answers> {
    return this.askAll((node) => this.upstreams.call(node, procedure, payload));
  }

  /** Nodes to ask, in order, and those that hold domains but are not worth waiting for. */
  #candidates(): { readonly asked: readonly string[]; readonly left: readonly string[] } {
    const nodes = [...this.routing.nodes()].sort(
      (a, b) => (stateRank.get(a.state) ?? 3) - (stateRank.get(b.state) ?? 3) || (a.name < b.name ? -1 : 1),
    );
    const usable = nodes.filter((node) => stateRank.has(node.state)).map((node) => node.name);
    const lost = nodes.filter((node) => node.state === "unreachable").map((node) => node.name);
    return {
      asked: usable.filter((node) => !this.health.isSuspect(node)),
      left: [...usable.filter((node) => this.health.isSuspect(node)), ...lost],
    };
  }

  #bounded(node: string, work: Promise<Reply>): Promise<Reply> {
    const timeoutMs = this.settings.fanOutTimeoutMs;
    const late = (): Error => unreachable(node, `no answer within ${timeoutMs / 1000} s`);
    return this.#tracked(node, withDeadline(work, timeoutMs, late));
  }

  async #tracked(node: string, work: Promise<Reply>): Promise<Reply> {
    try {
      const reply = await work;
      this.health.answered(node);
      return reply;
    } catch (error) {
      if (!this.upstreams.closed) this.health.silent(node);
      throw error;
    }
  }

  #noNode(): LibvirtError {
    return new LibvirtError(errorCode.operationFailed, errorDomain.rpc, "the pool has no node that is ready");
  }

  #noneOf(silent: readonly string[]): LibvirtError {
    return unreachable(silent.join("', '"), "no node of the pool answers");
  }
}
