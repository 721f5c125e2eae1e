/**
 * Domain events of all nodes on one client connection. A client registers for a kind of event, of one domain or
 * of all, and gets a callback number; the gateway registers on the nodes and gets one number from each:
 *
 *   CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY     int eventID; domain *dom      reply: int callbackID
 *   CONNECT_DOMAIN_EVENT_CALLBACK_DEREGISTER_ANY   int callbackID
 *   every event                                    int callbackID; …
 *
 * Registrations for all domains are repeated on nodes that are connected to later.
 */
import { procedure } from "../procedures";
import type { Reply } from "../upstream/connection";
import { errorCode, errorDomain, LibvirtError } from "../wire/errors";
import type { Frame } from "../wire/frame";
import { readDomain } from "../wire/objects";
import { XdrReader, XdrWriter } from "../wire/xdr";
import type { DomainLocator } from "./domains";
import type { NodeCalls } from "./nodes";

const registrationsMax = 256;
const held = 64;

interface Registration {
  /** The client's arguments as they came. */
  readonly request: Buffer;
  /** Each node's own callback number. */
  readonly onNodes: Map<string, number>;
}

export class EventHub {
  readonly #registrations = new Map<number, Registration>();
  #lastCallback = 0;
  /** Events whose registration's reply is still being read. */
  #early: { node: string; event: Frame }[] = [];

  constructor(
    private readonly nodes: NodeCalls,
    private readonly domains: DomainLocator,
    private readonly deliver: (event: Frame) => void,
  ) {}

  /** @throws LibvirtError a node's refusal when none accepts it */
  async register(request: Buffer): Promise<Buffer> {
    if (this.#registrations.size >= registrationsMax) {
      throw new LibvirtError(
        errorCode.operationFailed,
        errorDomain.rpc,
        `this connection has ${registrationsMax} event callbacks; deregister some first`,
      );
    }
    const reader = new XdrReader(request);
    reader.int();
    const domain = reader.optional(() => readDomain(reader));
    this.#lastCallback += 1;
    const callback = this.#lastCallback;
    const registration: Registration = { request, onNodes: new Map() };
    this.#registrations.set(callback, registration);
    try {
      const add = async (node: string): Promise<Reply> => this.#registerOn(node, registration);
      if (domain === undefined) await this.nodes.askAll(add);
      else await add(await this.domains.nodeOf(domain));
    } catch (error) {
      this.#registrations.delete(callback);
      throw error;
    }
    return new XdrWriter().int(callback).take();
  }

  async deregister(request: Buffer): Promise<Buffer> {
    const callback = new XdrReader(request).int();
    const registration = this.#registrations.get(callback);
    if (registration === undefined) {
      throw new LibvirtError(
        errorCode.internal,
        errorDomain.rpc,
        `domain event callback ${callback} not registered`,
      );
    }
    this.#registrations.delete(callback);
    const calls = [...registration.onNodes].map(([node, onNode]) =>
      this.nodes.call(node, procedure.domainEventCallbackDeregister, new XdrWriter().int(onNode).take()),
    );
    // A node that has gone sends no events either.
    await Promise.allSettled(calls);
    return Buffer.alloc(0);
  }

  /** An event as a node sent it. */
  receive(node: string, event: Frame): void {
    if (event.payload.length < 4) return;
    const onNode = event.payload.readInt32BE(0);
    for (const [callback, registration] of this.#registrations) {
      if (registration.onNodes.get(node) !== onNode) continue;
      const payload = Buffer.from(event.payload);
      payload.writeInt32BE(callback, 0);
      this.deliver({ ...event, payload });
      return;
    }
    if (this.#early.length < held) this.#early.push({ node, event });
  }

  async #registerOn(node: string, registration: Registration): Promise<Reply> {
    const register = procedure.domainEventCallbackRegister;
    const reply = await this.nodes.call(node, register, registration.request);
    if (reply.ok) registration.onNodes.set(node, new XdrReader(reply.payload).int());
    const early = this.#early;
    this.#early = [];
    for (const { node: sender, event } of early) this.receive(sender, event);
    return reply;
  }
}
