/**
 * Making one reply of several nodes'. Only what identifies an item is decoded; counts and flags keep the form
 * that the protocol gives them:
 *
 *   list-all replies   T list<>; unsigned ret      request: int need_results; unsigned flags
 *   name lists         string names<>              request: int maxnames
 *   id lists           int ids<>                   request: int maxids
 *   counts             int num
 *   storage pool info  unsigned char state; unsigned hyper capacity, allocation, available
 */
import type { Merge } from "../procedures";
import { errorCode, errorDomain, LibvirtError } from "../wire/errors";
import {
  readDomain,
  readName,
  readNamedObject,
  readVolume,
  writeDomain,
  writeNamedObject,
  writeVolume,
} from "../wire/objects";
import { XdrReader, XdrWriter } from "../wire/xdr";

/** REMOTE_DOMAIN_LIST_MAX and its kin: what a client's decoder accepts. */
export const listCountMax = 16_384;
/** The smallest of libvirt's bounds on name lists (network filters). */
export const nameCountMax = 1_024;

interface ItemCodec<T> {
  readonly read: (reader: XdrReader) => T;
  readonly write: (writer: XdrWriter, item: T) => void;
  /** Items of one identity on several nodes are shown once. */
  readonly identity: (item: T) => string;
}

/** The request for every node, whose reply can then be merged. `arguments_` begins after a pool, if there is one. */
export function requestForMerge(merge: Merge, arguments_: Buffer): Buffer {
  if (merge === "domains" || merge === "networks" || merge === "storage-pools" || merge === "nwfilters") {
    return withResults(arguments_);
  }
  return merge === "volumes" ? withResults(arguments_) : arguments_;
}

/** Items are needed to show equal ones once, even when the client only wants their number. */
function withResults(arguments_: Buffer): Buffer {
  const reader = new XdrReader(arguments_);
  reader.int();
  return new XdrWriter().int(1).raw(reader.rest()).take();
}

/**
 * @param payloads the good replies, in the order of nodes; at least one
 * @param arguments_ the client's own arguments (after a pool, if there is one)
 * @throws LibvirtError when the merged list is longer than clients accept
 */
export function mergeReplies(merge: Merge, payloads: readonly Buffer[], arguments_: Buffer): Buffer {
  switch (merge) {
    case "domains":
      return mergeItems(payloads, arguments_, domainCodec);
    case "networks":
    case "storage-pools":
    case "nwfilters":
      return mergeItems(payloads, arguments_, namedCodec);
    case "volumes":
      return mergeItems(payloads, arguments_, volumeCodec);
    case "names":
      return mergeNames(payloads, new XdrReader(arguments_).int());
    case "ids":
      return mergeIds(payloads, new XdrReader(arguments_).int());
    case "sum":
      return new XdrWriter()
        .int(payloads.reduce((sum, payload) => sum + new XdrReader(payload).int(), 0))
        .take();
    case "records":
      return mergeRecords(payloads);
    case "pool-info":
      return mergePoolInfo(payloads);
    case "first":
      return payloads[0] ?? Buffer.alloc(0);
  }
}

/** Names in all replies, each once, in the order of their first appearance. */
export function distinctNames(payloads: readonly Buffer[]): string[] {
  const names = new Set<string>();
  for (const payload of payloads) {
    const reader = new XdrReader(payload);
    for (const name of reader.array(listCountMax, () => readName(reader))) names.add(name);
  }
  return [...names];
}

const domainCodec: ItemCodec<ReturnType<typeof readDomain>> = {
  read: readDomain,
  write: writeDomain,
  identity: (domain) => domain.uuid,
};

const namedCodec: ItemCodec<ReturnType<typeof readNamedObject>> = {
  read: readNamedObject,
  write: writeNamedObject,
  identity: (object) => object.name,
};

const volumeCodec: ItemCodec<ReturnType<typeof readVolume>> = {
  read: readVolume,
  write: writeVolume,
  identity: (volume) => volume.key,
};

function mergeItems<T>(payloads: readonly Buffer[], arguments_: Buffer, codec: ItemCodec<T>): Buffer {
  const items = new Map<string, T>();
  for (const payload of payloads) {
    const reader = new XdrReader(payload);
    for (const item of reader.array(listCountMax, () => codec.read(reader))) {
      const identity = codec.identity(item);
      if (!items.has(identity)) items.set(identity, item);
    }
  }
  checkCount(items.size);
  const wantsItems = new XdrReader(arguments_).int() !== 0;
  const writer = new XdrWriter();
  writer.array(wantsItems ? [...items.values()] : [], (item) => codec.write(writer, item));
  return writer.uint(items.size).take();
}

function mergeNames(payloads: readonly Buffer[], countMax: number): Buffer {
  const writer = new XdrWriter();
  writer.array(distinctNames(payloads).slice(0, Math.max(countMax, 0)), (name) => writer.string(name));
  return writer.take();
}

function mergeIds(payloads: readonly Buffer[], countMax: number): Buffer {
  const ids = payloads.flatMap((payload) => {
    const reader = new XdrReader(payload);
    return reader.array(listCountMax, () => reader.int());
  });
  const writer = new XdrWriter();
  writer.array(ids.slice(0, Math.max(countMax, 0)), (id) => writer.int(id));
  return writer.take();
}

/** Records are not decoded: a list is its count and then its items' bytes. */
function mergeRecords(payloads: readonly Buffer[]): Buffer {
  const readers = payloads.map((payload) => new XdrReader(payload));
  const count = readers.reduce((sum, reader) => sum + reader.uint(), 0);
  checkCount(count);
  const writer = new XdrWriter().uint(count);
  for (const reader of readers) writer.raw(reader.rest());
  return writer.take();
}

const poolStateRunning = 2;

function mergePoolInfo(payloads: readonly Buffer[]): Buffer {
  const infos = payloads.map((payload) => {
    const reader = new XdrReader(payload);
    return {
      state: reader.uint(),
      capacity: reader.uhyper(),
      allocation: reader.uhyper(),
      available: reader.uhyper(),
    };
  });
  const total = (pick: (info: (typeof infos)[number]) => bigint): bigint =>
    infos.reduce((sum, info) => sum + pick(info), 0n);
  const running = infos.some((info) => info.state === poolStateRunning);
  return new XdrWriter()
    .uint(running ? poolStateRunning : (infos[0]?.state ?? 0))
    .uhyper(total((info) => info.capacity))
    .uhyper(total((info) => info.allocation))
    .uhyper(total((info) => info.available))
    .take();
}

function checkCount(count: number): void {
  if (count <= listCountMax) return;
  throw new LibvirtError(
    errorCode.rpc,
    errorDomain.rpc,
    `the pool has ${count} of them; the protocol lists at most ${listCountMax}`,
  );
}
