/** Where a volume is. Its key is its absolute path; DVCE's own are recorded, others are found by asking. */
import { procedure } from "../procedures";
import type { GatewayRouting } from "../routing";
import type { GatewaySettings } from "../settings";
import type { Reply } from "../upstream/connection";
import { errorCode, errorDomain } from "../wire/errors";
import { writeNamedObject, type VolumeObject } from "../wire/objects";
import { XdrWriter } from "../wire/xdr";
import { missing, onlyHolder, type Sought } from "./discovery";
import type { NodeCalls } from "./nodes";
import type { ObjectLocator } from "./objects";

export class VolumeLocator {
  constructor(
    private readonly routing: GatewayRouting,
    private readonly nodes: NodeCalls,
    private readonly objects: ObjectLocator,
    private readonly settings: GatewaySettings,
  ) {}

  /** @throws LibvirtError no such volume (also when its node is fenced), or several nodes have the key */
  async nodeOf(volume: VolumeObject): Promise<string> {
    const recorded = this.#recorded(volume.key);
    if (recorded !== undefined) return recorded;
    const payload = new XdrWriter().string(volume.key).take();
    const answers = await this.nodes.askAllSame(procedure.storageVolLookupByKey, payload);
    return onlyHolder(answers, this.#sought(volume.key)).node;
  }

  /** Reply to a lookup by key or by path: the same thing in pools that are directories. */
  async lookUpPath(lookup: number, path: string): Promise<Reply> {
    const payload = new XdrWriter().string(path).take();
    const recorded = this.#recorded(path);
    if (recorded !== undefined) return this.nodes.call(recorded, lookup, payload);
    return onlyHolder(await this.nodes.askAllSame(lookup, payload), this.#sought(path)).reply;
  }

  /** Reply to STORAGE_VOL_LOOKUP_BY_NAME; the pool that the client names may be another node's of that name. */
  async lookUpName(pool: string, name: string): Promise<Reply> {
    const { volumePool, volumeDirectory } = this.settings;
    const lookUpOn = (node: string): Promise<Reply> =>
      onOwnPool(this.nodes, this.objects, node, pool, procedure.storageVolLookupByName, (writer) =>
        writer.string(name),
      );
    const recorded = pool === volumePool ? this.#recorded(`${volumeDirectory}/${name}`) : undefined;
    if (recorded !== undefined) return lookUpOn(recorded);
    const sought = this.#sought(`${name} in storage pool '${pool}'`);
    const { answers, silent } = await this.nodes.askAll(lookUpOn);
    // A node without the pool cannot have the volume.
    const withPool = answers.filter(({ reply }) => reply.ok || !isNoPool(reply));
    return onlyHolder({ answers: withPool, silent }, sought).reply;
  }

  #recorded(path: string): string | undefined {
    const node = this.routing.nodeOfVolumePath(path);
    if (node !== undefined && this.nodes.isFenced(node)) throw missing(this.#sought(path));
    return node;
  }

  #sought(what: string): Sought {
    return {
      what: `storage volume ${what}`,
      missingCode: errorCode.noStorageVolume,
      missingDomain: errorDomain.storage,
    };
  }
}

const isNoPool = (reply: Reply): boolean =>
  !reply.ok && reply.payload.length >= 4 && reply.payload.readInt32BE(0) === errorCode.noStoragePool;

/**
 * Calls a node with its own storage pool of a name as the first argument and then what `write` adds. The
 * error reply of the lookup when it has none.
 */
export async function onOwnPool(
  nodes: NodeCalls,
  objects: ObjectLocator,
  node: string,
  pool: string,
  procedureNumber: number,
  write: (writer: XdrWriter) => void,
): Promise<Reply> {
  const own = await objects.onNode("storage-pool", node, pool);
  if ("ok" in own) return own;
  const writer = new XdrWriter();
  writeNamedObject(writer, own);
  write(writer);
  return nodes.call(node, procedureNumber, writer.take());
}
