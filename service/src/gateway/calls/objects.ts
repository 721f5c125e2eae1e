/**
 * Networks, storage pools and network filters: each node has its own of a name, with a UUID of its own. A name
 * is answered by the first node that has it; a UUID belongs to one node, and a call on the object goes there.
 */
import { procedure, type ObjectKind } from "../procedures";
import type { Reply } from "../upstream/connection";
import { decodeError, errorCode, errorDomain } from "../wire/errors";
import { readNamedObject, writeUuid, type NamedObject } from "../wire/objects";
import { XdrReader, XdrWriter } from "../wire/xdr";
import { missing, type Sought } from "./discovery";
import type { Answers, NodeCalls } from "./nodes";

interface Kind {
  readonly byName: number;
  readonly byUuid: number;
  readonly label: string;
  readonly missingCode: number;
  readonly missingDomain: number;
}

const kinds: Record<ObjectKind, Kind> = {
  network: {
    byName: procedure.networkLookupByName,
    byUuid: procedure.networkLookupByUuid,
    label: "network",
    missingCode: errorCode.noNetwork,
    missingDomain: errorDomain.network,
  },
  "storage-pool": {
    byName: procedure.storagePoolLookupByName,
    byUuid: procedure.storagePoolLookupByUuid,
    label: "storage pool",
    missingCode: errorCode.noStoragePool,
    missingDomain: errorDomain.storage,
  },
  nwfilter: {
    byName: procedure.nwfilterLookupByName,
    byUuid: procedure.nwfilterLookupByUuid,
    label: "network filter",
    missingCode: errorCode.noNwfilter,
    missingDomain: errorDomain.nwfilter,
  },
};

const seenMax = 10_000;

export class ObjectLocator {
  readonly #seen = new Map<string, string>();

  constructor(private readonly nodes: NodeCalls) {}

  /** @throws LibvirtError when no node has an object of this UUID */
  async nodeOf(kind: ObjectKind, object: NamedObject): Promise<string> {
    const seen = this.#seen.get(object.uuid);
    if (seen !== undefined && !this.nodes.isFenced(seen)) return seen;
    return (await this.#findUuid(kind, object.uuid)).node;
  }

  async lookUpUuid(kind: ObjectKind, uuid: string): Promise<Reply> {
    return (await this.#findUuid(kind, uuid)).reply;
  }

  async lookUpName(kind: ObjectKind, name: string): Promise<Reply> {
    const payload = new XdrWriter().string(name).take();
    const sought = this.#sought(kind, `'${name}'`);
    return this.#first(await this.nodes.askAllSame(kinds[kind].byName, payload), sought).reply;
  }

  /** This node's own object of that name, or its error reply. */
  async onNode(kind: ObjectKind, node: string, name: string): Promise<NamedObject | Reply> {
    const reply = await this.nodes.call(node, kinds[kind].byName, new XdrWriter().string(name).take());
    return reply.ok ? readNamedObject(new XdrReader(reply.payload)) : reply;
  }

  async #findUuid(kind: ObjectKind, uuid: string): Promise<{ node: string; reply: Reply }> {
    const writer = new XdrWriter();
    writeUuid(writer, uuid);
    const sought = this.#sought(kind, `with UUID ${uuid}`);
    return this.#first(await this.nodes.askAllSame(kinds[kind].byUuid, writer.take()), sought);
  }

  #first({ answers }: Answers, sought: Sought): { node: string; reply: Reply } {
    const first = answers.find((answer) => answer.reply.ok);
    if (first === undefined) {
      const other = answers
        .map((answer) => decodeError(answer.reply.payload))
        .find((error) => error.code !== sought.missingCode);
      throw other ?? missing(sought);
    }
    if (this.#seen.size >= seenMax) this.#seen.clear();
    this.#seen.set(readNamedObject(new XdrReader(first.reply.payload)).uuid, first.node);
    return first;
  }

  #sought(kind: ObjectKind, what: string): Sought {
    const { label, missingCode, missingDomain } = kinds[kind];
    return { what: `${label} ${what}`, missingCode, missingDomain };
  }
}
