/** Where a domain is: by its recorded UUID, by what this client saw, by the placement of its name, by asking. */
import { procedure } from "../procedures";
import type { GatewayRouting } from "../routing";
import type { Reply } from "../upstream/connection";
import { readDomain, writeUuid, type NamedObject } from "../wire/objects";
import { decodeError, errorCode, errorDomain } from "../wire/errors";
import { XdrReader, XdrWriter } from "../wire/xdr";
import { missing, onlyHolder, type Sought } from "./discovery";
import type { NodeCalls } from "./nodes";

const seenMax = 10_000;

export class DomainLocator {
  /** UUIDs that nobody recorded, as replies to this client showed them. */
  readonly #seen = new Map<string, string>();

  constructor(
    private readonly routing: GatewayRouting,
    private readonly nodes: NodeCalls,
  ) {}

  /**
   * @throws LibvirtError no such domain (also when its node is fenced), or its node cannot be told
   */
  async nodeOf(domain: NamedObject): Promise<string> {
    const node =
      this.routing.nodeOfDomainUuid(domain.uuid) ??
      this.#seen.get(domain.uuid) ??
      this.routing.nodeOfDomain(domain.name);
    if (node !== undefined) return this.#unfenced(node, this.#sought(`'${domain.name}'`));
    return (await this.#discoverUuid(domain.uuid)).node;
  }

  /** Reply to DOMAIN_LOOKUP_BY_UUID. */
  async lookUpUuid(uuid: string): Promise<Reply> {
    const recorded = this.routing.nodeOfDomainUuid(uuid) ?? this.#seen.get(uuid);
    if (recorded === undefined) return (await this.#discoverUuid(uuid)).reply;
    this.#unfenced(recorded, this.#sought(`with UUID ${uuid}`));
    return this.nodes.call(recorded, procedure.domainLookupByUuid, uuidPayload(uuid));
  }

  /** Reply to DOMAIN_LOOKUP_BY_NAME. */
  async lookUpName(name: string): Promise<Reply> {
    const sought = this.#sought(`'${name}'`);
    const placed = this.routing.nodeOfDomain(name);
    if (placed !== undefined) {
      this.#unfenced(placed, sought);
      const reply = await this.nodes.call(placed, procedure.domainLookupByName, namePayload(name));
      if (reply.ok) return this.learn(placed, reply);
      if (decodeError(reply.payload).code !== errorCode.noDomain) return reply;
      // Placed there and not defined there: an older incarnation may still be on another node.
    }
    const found = await this.#discover(procedure.domainLookupByName, namePayload(name), sought);
    return found.reply;
  }

  /** Reply to DOMAIN_LOOKUP_BY_ID. Each node counts its own, so one number may mean several domains. */
  async lookUpId(id: number): Promise<Reply> {
    const payload = new XdrWriter().int(id).take();
    const found = await this.#discover(procedure.domainLookupById, payload, this.#sought(`with id ${id}`));
    return found.reply;
  }

  /** Node that has a domain of this name although no placement says so; undefined when none answers with one. */
  async discoverName(name: string): Promise<string | undefined> {
    const answers = await this.nodes.askAllSame(procedure.domainLookupByName, namePayload(name));
    if (answers.answers.every((answer) => !answer.reply.ok)) return undefined;
    return onlyHolder(answers, this.#sought(`'${name}'`)).node;
  }

  /** Remembers the domain that a reply carries. */
  learn(node: string, reply: Reply): Reply {
    if (!reply.ok) return reply;
    const { uuid } = readDomain(new XdrReader(reply.payload));
    if (this.#seen.size >= seenMax) this.#seen.clear();
    this.#seen.set(uuid, node);
    return reply;
  }

  forget(uuid: string): void {
    this.#seen.delete(uuid);
  }

  #discoverUuid(uuid: string): Promise<{ node: string; reply: Reply }> {
    return this.#discover(procedure.domainLookupByUuid, uuidPayload(uuid), this.#sought(`with UUID ${uuid}`));
  }

  async #discover(lookup: number, payload: Buffer, sought: Sought): Promise<{ node: string; reply: Reply }> {
    const found = onlyHolder(await this.nodes.askAllSame(lookup, payload), sought);
    this.learn(found.node, found.reply);
    return found;
  }

  #unfenced(node: string, sought: Sought): string {
    if (this.nodes.isFenced(node)) throw missing(sought);
    return node;
  }

  #sought(what: string): Sought {
    return { what: `domain ${what}`, missingCode: errorCode.noDomain, missingDomain: errorDomain.qemu };
  }
}

const namePayload = (name: string): Buffer => new XdrWriter().string(name).take();

function uuidPayload(uuid: string): Buffer {
  const writer = new XdrWriter();
  writeUuid(writer, uuid);
  return writer.take();
}
