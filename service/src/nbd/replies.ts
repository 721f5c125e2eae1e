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

/** A request's cookie, given back as it came: its upper and lower 32 bits. Bigints would cost more than the reply. */
export interface Cookie {
  readonly high: number;
  readonly low: number;
}

export const simpleHeaderBytes = 16;
const structuredHeaderBytes = 20;
/** Header and offset of a structured chunk of data. */
export const dataHeaderBytes = structuredHeaderBytes + 8;
/** A structured chunk that says that a range is a hole. */
export const holeChunkBytes = dataHeaderBytes + 4;

/** Writes the header of a simple reply to `target` at `at`; data follows it. */
export function putSimpleHeader(target: Buffer, at: number, cookie: Cookie, error: number): void {
  target.writeUInt32BE(simpleReplyMagic, at);
  target.writeUInt32BE(error, at + 4);
  target.writeUInt32BE(cookie.high, at + 8);
  target.writeUInt32BE(cookie.low, at + 12);
}

function putStructuredHeader(
  target: Buffer,
  at: number,
  cookie: Cookie,
  chunk: { readonly type: number; readonly done: boolean; readonly lengthBytes: number },
): void {
  target.writeUInt32BE(structuredReplyMagic, at);
  target.writeUInt16BE(chunk.done ? chunkFlagDone : 0, at + 4);
  target.writeUInt16BE(chunk.type, at + 6);
  target.writeUInt32BE(cookie.high, at + 8);
  target.writeUInt32BE(cookie.low, at + 12);
  target.writeUInt32BE(chunk.lengthBytes, at + 16);
}

/** Writes the {@link dataHeaderBytes} before a piece of data. */
export function putDataHeader(
  target: Buffer,
  at: number,
  cookie: Cookie,
  piece: NbdExtent,
  done: boolean,
): void {
  const lengthBytes = 8 + piece.lengthBytes;
  putStructuredHeader(target, at, cookie, { type: chunkType.offsetData, done, lengthBytes });
  putOffset(target, at + structuredHeaderBytes, piece.offsetBytes);
}

/** Writes the {@link holeChunkBytes} of a hole. */
export function putHole(target: Buffer, at: number, cookie: Cookie, piece: NbdExtent, done: boolean): void {
  putStructuredHeader(target, at, cookie, { type: chunkType.offsetHole, done, lengthBytes: 12 });
  putOffset(target, at + structuredHeaderBytes, piece.offsetBytes);
  target.writeUInt32BE(piece.lengthBytes, at + dataHeaderBytes);
}

export function simpleReply(cookie: Cookie, error: number): Buffer {
  const reply = Buffer.allocUnsafe(simpleHeaderBytes);
  putSimpleHeader(reply, 0, cookie, error);
  return reply;
}

export function structuredDone(cookie: Cookie): Buffer {
  return structured(cookie, chunkType.none, Buffer.alloc(0));
}

/** An error with a message that QEMU puts into its log. */
export function structuredError(cookie: Cookie, error: number, message: string): Buffer {
  const text = Buffer.from(message, "utf8").subarray(0, 1024);
  const head = Buffer.alloc(6);
  head.writeUInt32BE(error, 0);
  head.writeUInt16BE(text.length, 4);
  return structured(cookie, chunkType.error, Buffer.concat([head, text]));
}

/** `base:allocation` of the given extents, in order. */
export function structuredBlockStatus(cookie: Cookie, extents: readonly NbdExtent[]): Buffer {
  const payload = Buffer.alloc(4 + 8 * extents.length);
  payload.writeUInt32BE(allocationContextId, 0);
  extents.forEach((extent, i) => {
    payload.writeUInt32BE(extent.lengthBytes, 4 + 8 * i);
    payload.writeUInt32BE(extent.hole ? allocationHoleZero : 0, 8 + 8 * i);
  });
  return structured(cookie, chunkType.blockStatus, payload);
}

function structured(cookie: Cookie, type: number, payload: Buffer): Buffer {
  const header = Buffer.allocUnsafe(structuredHeaderBytes);
  putStructuredHeader(header, 0, cookie, { type, done: true, lengthBytes: payload.length });
  return Buffer.concat([header, payload]);
}

function putOffset(target: Buffer, at: number, offsetBytes: number): void {
  target.writeUInt32BE(Math.floor(offsetBytes / 2 ** 32), at);
  target.writeUInt32BE(offsetBytes % 2 ** 32, at + 4);
}
