/**
 * Takes one call of one client to the node or nodes that it is for, as the procedure table says. Reads only the
 * arguments that routing needs; everything else travels as it came.
 */
import { define } from "./calls/define";
import { DomainLocator } from "./calls/domains";
import { distinctNames, mergeReplies, nameCountMax, requestForMerge } from "./calls/merge";
import type { Answers, NodeCalls } from "./calls/nodes";
import { ObjectLocator } from "./calls/objects";
import { onOwnPool, VolumeLocator } from "./calls/volumes";
import { procedure, type Merge, type ProcedureRow, type Refusal, type Route } from "./procedures";
import type { GatewayRouting } from "./routing";
import type { GatewayLogger, GatewaySettings } from "./settings";
import type { Reply } from "./upstream/connection";
import { errorCode, errorDomain, LibvirtError, notSupported } from "./wire/errors";
import {
  readDomain,
  readName,
  readNamedObject,
  readUuid,
  readVolume,
  writeDomain,
  type DomainObject,
} from "./wire/objects";
import { XdrReader, XdrWriter } from "./wire/xdr";

export interface RouterParts {
  readonly routing: GatewayRouting;
  readonly nodes: NodeCalls;
  readonly settings: GatewaySettings;
  readonly logger: GatewayLogger;
  /** The client opened a connection that may only read. */
  readonly readonly: boolean;
}

const reasons: Record<Refusal, string> = {
  stream: "streams do not pass through the pool's endpoint",
  descriptors: "file descriptors do not pass between hosts",
  migration: "the pool places domains itself",
  host: "this belongs to a host of the pool; change it on the host",
  "host-file": "the file is on one host of the pool, and the call does not say on which",
  rename: "the pool knows domains by name; define it under the new name",
  secret: "secrets belong to a host of the pool",
  "event-style": "only domain events with callback numbers are merged over the pool",
  identity: "clients are known to the pool by their connection",
};

export class Router {
  readonly domains: DomainLocator;
  readonly #objects: ObjectLocator;
  readonly #volumes: VolumeLocator;

  constructor(private readonly parts: RouterParts) {
    const { routing, nodes, settings } = parts;
    this.domains = new DomainLocator(routing, nodes);
    this.#objects = new ObjectLocator(nodes);
    this.#volumes = new VolumeLocator(routing, nodes, this.#objects, settings);
  }

  /**
   * @throws LibvirtError, DvceError, XdrError what the client is to see as the call's error
   */
  async route([number, name, route]: ProcedureRow, payload: Buffer): Promise<Reply> {
    const { nodes } = this.parts;
    const reader = new XdrReader(payload);
    switch (route.kind) {
      case "any-node":
        return nodes.askAny(number, payload);
      case "domain":
        return this.#onDomain(number, route, readDomain(reader), payload);
      case "domain-child": {
        readName(reader);
        return nodes.call(await this.domains.nodeOf(readDomain(reader)), number, payload);
      }
      case "domain-by-name":
        return this.domains.lookUpName(readName(reader));
      case "domain-by-uuid":
        return this.domains.lookUpUuid(readUuid(reader));
      case "domain-by-id":
        return this.domains.lookUpId(reader.int());
      case "domain-list":
        return this.#onDomains(number, payload);
      case "define":
        // Placing would reserve before the node could refuse.
        if (this.parts.readonly) throw forbidden(name);
        return define({ ...this.parts, domains: this.domains }, number, payload, route.starts);
      case "fan-out-merge": {
        const request = requestForMerge(route.merge, payload);
        return this.#merge(route.merge, await nodes.askAllSame(number, request), payload);
      }
      case "fan-out-count":
        return this.#count(route.listing);
      case "object": {
        const object = readNamedObject(reader);
        return nodes.call(await this.#objects.nodeOf(route.object, object), number, payload);
      }
      case "object-by-name":
        return this.#objects.lookUpName(route.object, readName(reader));
      case "object-by-uuid":
        return this.#objects.lookUpUuid(route.object, readUuid(reader));
      case "storage-pool-everywhere":
        return this.#onPools(number, route.merge, reader);
      case "storage-volume":
        return nodes.call(await this.#volumes.nodeOf(readVolume(reader)), number, payload);
      case "volume-by-key":
      case "volume-by-path":
        return this.#volumes.lookUpPath(number, readName(reader));
      case "volume-by-name": {
        const pool = readNamedObject(reader);
        return this.#volumes.lookUpName(pool.name, readName(reader));
      }
      case "refused":
        throw notSupported(`${name} (${reasons[route.why]})`);
      case "event":
      case "local":
        throw notSupported(name);
    }
  }

  async #onDomain(
    number: number,
    { then }: Extract<Route, { kind: "domain" }>,
    domain: DomainObject,
    payload: Buffer,
  ): Promise<Reply> {
    const { nodes, routing } = this.parts;
    const node = await this.domains.nodeOf(domain);
    const vanishes = then === "destroyed" && !(await this.#isPersistent(node, domain));
    const reply = await nodes.call(node, number, payload);
    if (!reply.ok) return reply;
    if (then === "started") await this.#record("started", domain, () => routing.recordStarted(domain.uuid));
    if (then === "undefined" || vanishes) {
      this.domains.forget(domain.uuid);
      await this.#record("undefined", domain, () => routing.recordUndefined(domain.uuid));
    }
    return reply;
  }

  /** The node has done it, so a failure to record it must not look like a failure of the call. */
  async #record(what: string, domain: DomainObject, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.parts.logger.error(
        { domain: domain.name, uuid: domain.uuid, error: String(error) },
        `could not record a domain as ${what}`,
      );
    }
  }

  async #isPersistent(node: string, domain: DomainObject): Promise<boolean> {
    const writer = new XdrWriter();
    writeDomain(writer, domain);
    const reply = await this.parts.nodes.call(node, procedure.domainIsPersistent, writer.take());
    return !reply.ok || new XdrReader(reply.payload).int() !== 0;
  }

  /** Each node gets those of the listed domains that it has; an empty list means every domain. */
  async #onDomains(number: number, payload: Buffer): Promise<Reply> {
    const { nodes } = this.parts;
    const reader = new XdrReader(payload);
    const domains = reader.array(nameCountMax, () => readDomain(reader));
    const rest = reader.rest();
    if (domains.length === 0) return this.#merge("records", await nodes.askAllSame(number, payload), payload);
    const byNode = new Map<string, DomainObject[]>();
    for (const domain of domains) {
      const node = await this.domains.nodeOf(domain);
      byNode.set(node, [...(byNode.get(node) ?? []), domain]);
    }
    const answers = await Promise.all(
      [...byNode].map(async ([node, own]) => {
        const writer = new XdrWriter();
        writer.array(own, (domain) => writeDomain(writer, domain)).raw(rest);
        return { node, reply: await nodes.call(node, number, writer.take()) };
      }),
    );
    return this.#merge("records", { answers, silent: [] }, payload);
  }

  async #count(listing: number): Promise<Reply> {
    const request = new XdrWriter().int(nameCountMax).take();
    const { answers } = await this.parts.nodes.askAllSame(listing, request);
    const good = answers.filter(({ reply }) => reply.ok).map(({ reply }) => reply.payload);
    const [failed] = answers;
    if (good.length === 0 && failed !== undefined) return failed.reply;
    return { ok: true, payload: new XdrWriter().int(distinctNames(good).length).take() };
  }

  async #onPools(number: number, merge: Merge, reader: XdrReader): Promise<Reply> {
    const { nodes } = this.parts;
    const pool = readNamedObject(reader);
    const arguments_ = reader.rest();
    const request = requestForMerge(merge, arguments_);
    const answers = await nodes.askAll(
      (node) => onOwnPool(nodes, this.#objects, node, pool.name, number, (writer) => writer.raw(request)),
      // Reading a directory again takes as long as the directory is large.
      merge === "first",
    );
    return this.#merge(merge, answers, arguments_);
  }

  /** A node's error stands for the whole only when no node did better. */
  #merge(merge: Merge, { answers }: Answers, arguments_: Buffer): Reply {
    const good = answers.filter(({ reply }) => reply.ok).map(({ reply }) => reply.payload);
    const [failed] = answers;
    if (good.length === 0 && failed !== undefined) return failed.reply;
    return { ok: true, payload: mergeReplies(merge, good, arguments_) };
  }
}

const forbidden = (name: string): LibvirtError =>
  new LibvirtError(
    errorCode.operationDenied,
    errorDomain.rpc,
    `operation ${name} forbidden for read only access`,
  );
