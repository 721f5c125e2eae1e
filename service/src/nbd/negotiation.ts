/**
 * The handshake of one connection: fixed newstyle, until an export is chosen or the client leaves.
 * Every malformed option is answered as the protocol says and leaves the connection usable; what cannot be
 * framed any more (a wrong magic, absurd lengths) ends it.
 */
import type { NbdExport, NbdExports } from "./export";
import {
  allocationContext,
  allocationContextId,
  greetingMagic,
  handshakeFlag,
  infoType,
  option,
  optionDataSizeBytesMax,
  optionHeaderSizeBytes,
  optionMagic,
  optionReply,
  optionReplyMagic,
  requestLengthBytesMax,
  transmissionFlag,
} from "./protocol";
import type { SocketReader } from "./socket-reader";

/** What the handshake settled. */
export interface Negotiated {
  readonly disk: NbdExport;
  readonly structuredReplies: boolean;
  /** `base:allocation` was chosen for this export. */
  readonly allocation: boolean;
}

/** Preferred block size: the chunker's block. */
const blockSizeBytesPreferred = 4096;
const metaQueriesMax = 64;

/** The handshake. Answers undefined when the connection is to be closed. */
export async function negotiate(
  reader: SocketReader,
  send: (parts: readonly Buffer[]) => Promise<void>,
  exports: NbdExports,
): Promise<Negotiated | undefined> {
  return new Handshake(reader, send, exports).run();
}

class Handshake {
  readonly #reader: SocketReader;
  readonly #send: (parts: readonly Buffer[]) => Promise<void>;
  readonly #exports: NbdExports;
  #noZeroes = false;
  #structuredReplies = false;
  /** Export that `base:allocation` was chosen for; it holds only when that very export is then opened. */
  #allocationExport: string | undefined;

  constructor(reader: SocketReader, send: (parts: readonly Buffer[]) => Promise<void>, exports: NbdExports) {
    this.#reader = reader;
    this.#send = send;
    this.#exports = exports;
  }

  async run(): Promise<Negotiated | undefined> {
    const flags = handshakeFlag.fixedNewstyle | handshakeFlag.noZeroes;
    await this.#send([greetingMagic, optionMagic, u16(flags)]);
    const clientFlags = (await this.#reader.exactly(4))?.readUInt32BE(0);
    if (clientFlags === undefined || clientFlags > flags) return undefined;
    this.#noZeroes = (clientFlags & handshakeFlag.noZeroes) !== 0;
    for (;;) {
      const header = await this.#reader.exactly(optionHeaderSizeBytes);
      if (header === undefined || !header.subarray(0, 8).equals(optionMagic)) return undefined;
      const kind = header.readUInt32BE(8);
      const length = header.readUInt32BE(12);
      if (length > optionDataSizeBytesMax) {
        if (kind === option.exportName || length > requestLengthBytesMax) return undefined;
        if (!(await this.#reader.skip(length))) return undefined;
        await this.#reply(kind, optionReply.errorTooBig);
        continue;
      }
      const data = await this.#reader.exactly(length);
      if (data === undefined) return undefined;
      const outcome = await this.#option(kind, data);
      if (outcome === "close") return undefined;
      if (outcome !== "next") return outcome;
    }
  }

  async #option(kind: number, data: Buffer): Promise<Negotiated | "next" | "close"> {
    switch (kind) {
      case option.exportName:
        return this.#exportName(data);
      case option.abort:
        await this.#reply(kind, optionReply.ack);
        return "close";
      case option.list:
        return this.#list(data);
      case option.info:
      case option.go:
        return this.#infoOrGo(kind, data);
      case option.structuredReply:
        if (data.length !== 0) return this.#reply(kind, optionReply.errorInvalid);
        this.#structuredReplies = true;
        return this.#reply(kind, optionReply.ack);
      case option.listMetaContext:
      case option.setMetaContext:
        return this.#metaContext(kind, data);
      default:
        return this.#reply(kind, optionReply.errorUnsupported);
    }
  }

  /** The oldest way to choose an export: an unknown name can only be answered by hanging up. */
  async #exportName(data: Buffer): Promise<Negotiated | "close"> {
    const name = data.toString("utf8");
    const disk = await this.#exports.open(name);
    if (disk === undefined) return "close";
    const zeroes = Buffer.alloc(this.#noZeroes ? 0 : 124);
    await this.#send([u64(disk.sizeBytes), u16(this.#transmissionFlags()), zeroes]);
    return this.#negotiated(name, disk);
  }

  async #list(data: Buffer): Promise<"next"> {
    if (data.length !== 0) return this.#reply(option.list, optionReply.errorInvalid);
    for (const name of await this.#exports.names()) {
      const bytes = Buffer.from(name, "utf8");
      await this.#reply(option.list, optionReply.server, u32(bytes.length), bytes);
    }
    return this.#reply(option.list, optionReply.ack);
  }

  async #infoOrGo(kind: number, data: Buffer): Promise<Negotiated | "next"> {
    const fields = new Fields(data);
    const name = fields.text();
    const requests = Array.from({ length: fields.u16() }, () => fields.u16());
    if (!fields.complete) return this.#reply(kind, optionReply.errorInvalid);
    const disk = await this.#exports.open(name);
    if (disk === undefined) return this.#reply(kind, optionReply.errorUnknown);
    await this.#reply(
      kind,
      optionReply.info,
      u16(infoType.export),
      u64(disk.sizeBytes),
      u16(this.#transmissionFlags()),
    );
    if (requests.includes(infoType.name)) {
      await this.#reply(kind, optionReply.info, u16(infoType.name), Buffer.from(name, "utf8"));
    }
    if (requests.includes(infoType.blockSize)) {
      const sizes = [u32(1), u32(blockSizeBytesPreferred), u32(requestLengthBytesMax)];
      await this.#reply(kind, optionReply.info, u16(infoType.blockSize), ...sizes);
    }
    await this.#reply(kind, optionReply.ack);
    return kind === option.go ? this.#negotiated(name, disk) : "next";
  }

  async #metaContext(kind: number, data: Buffer): Promise<"next"> {
    const fields = new Fields(data);
    const name = fields.text();
    const count = fields.u32();
    if (count > metaQueriesMax) return this.#reply(kind, optionReply.errorTooBig);
    const queries = Array.from({ length: count }, () => fields.text());
    if (!fields.complete || !this.#structuredReplies) return this.#reply(kind, optionReply.errorInvalid);
    if ((await this.#exports.open(name)) === undefined) return this.#reply(kind, optionReply.errorUnknown);
    const listing = kind === option.listMetaContext;
    const offered =
      queries.includes(allocationContext) || (listing && (queries.length === 0 || queries.includes("base:")));
    if (!listing) this.#allocationExport = offered ? name : undefined;
    if (offered) {
      const id = u32(listing ? 0 : allocationContextId);
      await this.#reply(kind, optionReply.metaContext, id, Buffer.from(allocationContext, "latin1"));
    }
    return this.#reply(kind, optionReply.ack);
  }

  #negotiated(name: string, disk: NbdExport): Negotiated {
    const allocation = this.#structuredReplies && this.#allocationExport === name;
    return { disk, structuredReplies: this.#structuredReplies, allocation };
  }

  #transmissionFlags(): number {
    const { hasFlags, readOnly, sendFlush, canMultiConnect, sendDontFragment } = transmissionFlag;
    const always = hasFlags | readOnly | sendFlush | canMultiConnect;
    return this.#structuredReplies ? always | sendDontFragment : always;
  }

  async #reply(kind: number, type: number, ...data: Buffer[]): Promise<"next"> {
    const length = data.reduce((sum, part) => sum + part.length, 0);
    const header = Buffer.alloc(20);
    header.writeBigUInt64BE(optionReplyMagic, 0);
    header.writeUInt32BE(kind, 8);
    header.writeUInt32BE(type, 12);
    header.writeUInt32BE(length, 16);
    await this.#send([header, ...data]);
    return "next";
  }
}

/** Reads an option's fields; reading past the end gives zeros and leaves `complete` false. */
class Fields {
  readonly #data: Buffer;
  #at = 0;
  #overrun = false;

  constructor(data: Buffer) {
    this.#data = data;
  }
  /** Every byte was read, and none beyond. */
  get complete(): boolean {
    return !this.#overrun && this.#at === this.#data.length;
  }
  u16(): number {
    return this.#take(2)?.readUInt16BE(0) ?? 0;
  }
  u32(): number {
    return this.#take(4)?.readUInt32BE(0) ?? 0;
  }
  text(): string {
    return this.#take(this.u32())?.toString("utf8") ?? "";
  }
  #take(size: number): Buffer | undefined {
    if (this.#overrun || this.#at + size > this.#data.length) {
      this.#overrun = true;
      return undefined;
    }
    this.#at += size;
    return this.#data.subarray(this.#at - size, this.#at);
  }
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
