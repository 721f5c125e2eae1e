/** Replies of the transmission phase as bytes; layouts in protocol.ts. */
import type { NbdExtent } from "./export";
import {
  allocationContextId,
  allocationHoleZero,
  chunkFlagDone,
  chunkType,
  simpleReplyMagic,
  structuredReplyMagic,
} from "./protocol";

/** A request's cookie, given back as it came. */
export type Cookie = bigint;

export function simpleReply(cookie: Cookie, error: number, data?: Buffer): Buffer[] {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(simpleReplyMagic, 0);
  header.writeUInt32BE(error, 4);
  header.writeBigUInt64BE(cookie, 8);
  return data === undefined ? [header] : [header, data];
}

function structured(cookie: Cookie, type: number, done: boolean, ...payload: Buffer[]): Buffer[] {
  const header = Buffer.alloc(20);
  header.writeUInt32BE(structuredReplyMagic, 0);
  header.writeUInt16BE(done ? chunkFlagDone : 0, 4);
  header.writeUInt16BE(type, 6);
  header.writeBigUInt64BE(cookie, 8);
  header.writeUInt32BE(
    payload.reduce((sum, part) => sum + part.length, 0),
    16,
  );
  return [header, ...payload];
}

export function structuredDone(cookie: Cookie): Buffer[] {
  return structured(cookie, chunkType.none, true);
}

/** An error with a message that QEMU puts into its log. */
export function structuredError(cookie: Cookie, error: number, message: string): Buffer[] {
  const text = Buffer.from(message, "utf8").subarray(0, 1024);
  const head = Buffer.alloc(6);
  head.writeUInt32BE(error, 0);
  head.writeUInt16BE(text.length, 4);
  return structured(cookie, chunkType.error, true, head, text);
}

export function structuredData(cookie: Cookie, offsetBytes: number, data: Buffer, done: boolean): Buffer[] {
  return structured(cookie, chunkType.offsetData, done, offsetOf(offsetBytes), data);
}

export function structuredHole(
  cookie: Cookie,
  offsetBytes: number,
  lengthBytes: number,
  done: boolean,
): Buffer[] {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(lengthBytes, 0);
  return structured(cookie, chunkType.offsetHole, done, offsetOf(offsetBytes), size);
}

/** `base:allocation` of the given extents, in order. */
export function structuredBlockStatus(cookie: Cookie, extents: readonly NbdExtent[]): Buffer[] {
  const payload = Buffer.alloc(4 + 8 * extents.length);
  payload.writeUInt32BE(allocationContextId, 0);
  extents.forEach((extent, i) => {
    payload.writeUInt32BE(extent.lengthBytes, 4 + 8 * i);
    payload.writeUInt32BE(extent.hole ? allocationHoleZero : 0, 8 + 8 * i);
  });
  return structured(cookie, chunkType.blockStatus, true, payload);
}

function offsetOf(offsetBytes: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(offsetBytes));
  return bytes;
}
