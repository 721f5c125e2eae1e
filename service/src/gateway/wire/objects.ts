/**
 * The objects that libvirt RPC names (src/remote/remote_protocol.x), as far as routing needs them.
 *
 *   remote_nonnull_domain         string name; opaque uuid[16]; int id (-1 when it does not run)
 *   remote_nonnull_network        string name; opaque uuid[16]      so do storage_pool and nwfilter
 *   remote_nonnull_storage_vol    string pool; string name; string key
 */
import type { XdrReader, XdrWriter } from "./xdr";

/** libvirt bounds names by its general string bound; file systems and DVCE need far less. */
const nameSizeBytesMax = 4096;
const uuidSizeBytes = 16;

/** A network, storage pool or network filter: known by name and UUID. */
export interface NamedObject {
  readonly name: string;
  /** Lower case with hyphens. */
  readonly uuid: string;
}

export interface DomainObject extends NamedObject {
  /** Of the running QEMU on its node; two nodes may use the same. -1 when it does not run. */
  readonly id: number;
}

export interface VolumeObject {
  readonly pool: string;
  readonly name: string;
  /** Absolute path, for the directory pools that DVCE uses. */
  readonly key: string;
}

export function readUuid(reader: XdrReader): string {
  const hex = reader.opaque(uuidSizeBytes).toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export function writeUuid(writer: XdrWriter, uuid: string): void {
  writer.opaque(Buffer.from(uuid.replaceAll("-", ""), "hex"));
}

export const readName = (reader: XdrReader): string => reader.string(nameSizeBytesMax);

export function readNamedObject(reader: XdrReader): NamedObject {
  return { name: readName(reader), uuid: readUuid(reader) };
}

export function writeNamedObject(writer: XdrWriter, object: NamedObject): void {
  writer.string(object.name);
  writeUuid(writer, object.uuid);
}

export function readDomain(reader: XdrReader): DomainObject {
  return { ...readNamedObject(reader), id: reader.int() };
}

export function writeDomain(writer: XdrWriter, domain: DomainObject): void {
  writeNamedObject(writer, domain);
  writer.int(domain.id);
}

export function readVolume(reader: XdrReader): VolumeObject {
  return { pool: readName(reader), name: readName(reader), key: readName(reader) };
}

export function writeVolume(writer: XdrWriter, volume: VolumeObject): void {
  writer.string(volume.pool).string(volume.name).string(volume.key);
}
