/**
 * The transmission phase of one connection. All requests that came together are answered together: what can be read
 * at once goes into one buffer and one write; the rest is answered as its bytes are there. A client that sends
 * requests without reading the replies is stopped by backpressure.
 */
import type { Duplex } from "node:stream";
import type { BufferPool } from "./buffer-pool";
import type { BusyPoll } from "./busy-poll";
import type { NbdExtent } from "./export";
import type { Negotiated } from "./negotiation";
import {
  command,
  commandFlag,
  nbdError,
  requestLengthBytesMax,
  requestMagic,
  requestSizeBytes,
} from "./protocol";
import {
  type Cookie,
  dataHeaderBytes,
  holeChunkBytes,
  putDataHeader,
  putHole,
  putSimpleHeader,
  simpleHeaderBytes,
  simpleReply,
  structuredBlockStatus,
  structuredDone,
  structuredError,
} from "./replies";

/** Reads of one connection that wait for their bytes at a time. QEMU sends at most 16. */
const readsWaitingMax = 64;
/**
 * Bytes of replies that are being made or sent; a larger single one goes alone. Enough to keep other threads reading, and
 * little enough to be still in the processor's caches when it is sent.
 */
const bytesInFlightMax = 4 * 1024 * 1024;
/**
 * No request is looked at while the client has so much to take: bytes that wait in memory leave the processor's caches,
 * and have to come back from memory to be sent.
 */
const bytesUnsentMax = 512 * 1024;
const statusExtentsMax = 4096;
/** Smaller holes are sent as zeros, inside the data around them: that costs less than a chunk of their own. */
const holeLengthBytesMin = 64 * 1024;
/** Replies up to this size share a buffer with those before and after them. */
const sharedReplyBytesMax = 64 * 1024;

interface Request {
  readonly flags: number;
  readonly command: number;
  readonly cookie: Cookie;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

export interface TransmissionOptions {
  readonly stream: Duplex;
  readonly negotiated: Negotiated;
  readonly buffers: BufferPool;
  readonly busyPoll: BusyPoll;
  /** A read that could not be had, answered with EIO. */
  readonly onReadFailed: (error: unknown) => void;
}

/**
 * Serves requests until the client disconnects, its stream ends or breaks, or it sends what is no request; resolves
 * when what was asked before is answered. Nobody else may read from the stream.
 */
export function transmit(options: TransmissionOptions): Promise<void> {
  return new Promise((resolve) => new Transmission(options, resolve).start());
}

class Transmission {
  readonly #options: TransmissionOptions;
  readonly #onEnd: () => void;
  /** What came and is not worked on: part of a request, or requests while there is too much in flight. */
  #input: Buffer = Buffer.alloc(0);
  /** Payload of a refused write that is still to come, and what its reply will be. */
  #skipBytes = 0;
  #skipped: (() => void) | undefined;
  #readsWaiting = 0;
  #bytesInFlight = 0;
  #bytesUnsent = 0;
  #working = false;
  #ending = false;
  #ended = false;
  #stalled = false;
  /** Replies that wait to be sent together. */
  #shared: Buffer | undefined;
  #sharedBytes = 0;

  constructor(options: TransmissionOptions, onEnd: () => void) {
    this.#options = options;
    this.#onEnd = onEnd;
  }

  start(): void {
    const { stream, busyPoll } = this.#options;
    stream.on("data", (data: Buffer) => {
      busyPoll.asked();
      this.#input = this.#input.length === 0 ? data : Buffer.concat([this.#input, data]);
      this.#work();
    });
    const end = () => {
      this.#ending = true;
      this.#endWhenDone();
    };
    stream.on("end", end);
    stream.on("close", () => {
      this.#readsWaiting = 0; // nobody hears their answers any more
      end();
    });
    stream.on("error", end);
    stream.resume();
  }

  #work(): void {
    if (this.#working) return; // a stream may hand on more while a reply is given to it: the loop below sees that
    this.#working = true;
    let at = 0;
    while (!this.#ending) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, this.#input.length - at);
        at += skipped;
        this.#skipBytes -= skipped;
        if (this.#skipBytes > 0) break;
      }
      this.#skipped?.();
      this.#skipped = undefined;
      if (this.#input.length - at < requestSizeBytes) break;
      if (this.#input.readUInt32BE(at) !== requestMagic) {
        this.#ending = true;
        break;
      }
      const request = requestAt(this.#input, at);
      if (this.#isTooMuch(request)) {
        this.#stalled = true;
        this.#options.stream.pause();
        break;
      }
      at += requestSizeBytes;
      try {
        this.#serve(request);
      } catch (error) {
        this.#failed(request, error); // the export does not know its own holes: a disk error, as in a read
      }
    }
    // A copy of the little that is left, so that it does not keep the whole buffer that it came in.
    const rest = this.#input.subarray(at);
    this.#input = rest.length < requestSizeBytes ? Buffer.from(rest) : rest;
    this.#working = false;
    this.#sendShared();
    this.#endWhenDone();
  }

  #isTooMuch(request: Request): boolean {
    if (this.#bytesInFlight === 0) return false;
    if (this.#bytesUnsent >= bytesUnsentMax) return true;
    const replyBytes = request.command === command.read ? request.lengthBytes : 0;
    return this.#readsWaiting >= readsWaitingMax || this.#bytesInFlight + replyBytes > bytesInFlightMax;
  }

  #serve(request: Request): void {
    const { negotiated } = this.#options;
    switch (request.command) {
      case command.disconnect:
        this.#ending = true;
        return;
      case command.read:
      case command.blockStatus:
        if (request.command === command.blockStatus && !negotiated.allocation) {
          return this.#refuse(request, nbdError.invalid, "no metadata context was negotiated");
        }
        if (request.offsetBytes + request.lengthBytes > negotiated.disk.sizeBytes) {
          return this.#refuse(request, nbdError.invalid, "the range ends behind the disk");
        }
        if (request.command === command.blockStatus) return this.#status(request);
        if (request.lengthBytes > requestLengthBytesMax) {
          const error = negotiated.structuredReplies ? nbdError.overflow : nbdError.invalid;
          return this.#refuse(request, error, `a read has at most ${requestLengthBytesMax} bytes`);
        }
        return request.lengthBytes === 0 ? this.#succeed(request) : this.#read(request);
      case command.flush:
        return this.#reply(simpleReply(request.cookie, 0));
      case command.write:
        // Its payload must be taken off the stream before the next request can be read.
        this.#skipBytes = request.lengthBytes;
        this.#skipped = () => this.#refuse(request, nbdError.permission, "the export is read-only");
        return;
      case command.trim:
      case command.writeZeroes:
        return this.#refuse(request, nbdError.permission, "the export is read-only");
      case command.cache:
        return this.#refuse(request, nbdError.notSupported, "the cache command was not offered");
      default:
        return this.#refuse(request, nbdError.invalid, `command ${request.command} is not known`);
    }
  }

  #refuse(request: Request, error: number, why: string): void {
    const { structuredReplies } = this.#options.negotiated;
    this.#reply(
      structuredReplies ? structuredError(request.cookie, error, why) : simpleReply(request.cookie, error),
    );
  }

  #succeed({ cookie }: Request): void {
    const { structuredReplies } = this.#options.negotiated;
    this.#reply(structuredReplies ? structuredDone(cookie) : simpleReply(cookie, 0));
  }

  #status(request: Request): void {
    if (request.lengthBytes === 0) return this.#refuse(request, nbdError.invalid, "the range is empty");
    const one = (request.flags & commandFlag.requestOne) !== 0;
    const extents = this.#options.negotiated.disk.extents(request.offsetBytes, request.lengthBytes);
    this.#reply(structuredBlockStatus(request.cookie, merge(extents, one ? 1 : statusExtentsMax)));
  }

  #read(request: Request): void {
    const { disk } = this.#options.negotiated;
    const pieces = this.#piecesOf(request);
    const sizeBytes = this.#replyBytes(pieces);
    const own = sizeBytes > sharedReplyBytesMax ? this.#take(sizeBytes) : undefined;
    const reply = own?.subarray(0, sizeBytes) ?? this.#sharedRoom(sizeBytes);
    let isRead: boolean;
    try {
      isRead = eachData(reply, pieces, this.#headerBytes, ({ offsetBytes }, target) =>
        disk.readNow(offsetBytes, target),
      );
    } catch (error) {
      if (own !== undefined) this.#giveBack(own);
      return this.#failed(request, error);
    }
    if (!isRead) return this.#readLater(request, pieces, own ?? this.#take(sizeBytes), sizeBytes);
    this.#putHeaders(reply, request.cookie, pieces);
    if (own === undefined) {
      this.#sharedBytes += sizeBytes;
      return;
    }
    this.#sendShared();
    this.#send(reply, own);
  }

  #readLater(request: Request, pieces: readonly NbdExtent[], own: Buffer, sizeBytes: number): void {
    const { disk } = this.#options.negotiated;
    const reply = own.subarray(0, sizeBytes);
    const reads: Promise<void>[] = [];
    eachData(reply, pieces, this.#headerBytes, (piece, target) => {
      reads.push(disk.read(piece.offsetBytes, target));
      return true;
    });
    this.#readsWaiting++;
    Promise.all(reads).then(
      () => {
        this.#readsWaiting--;
        this.#putHeaders(reply, request.cookie, pieces);
        this.#send(reply, own);
        this.#goOn();
      },
      async (error: unknown) => {
        await Promise.allSettled(reads); // they still write to the buffer
        this.#readsWaiting--;
        this.#giveBack(own);
        this.#failed(request, error);
        this.#sendShared();
        this.#goOn();
      },
    );
  }

  #failed(request: Request, error: unknown): void {
    this.#options.onReadFailed(error);
    const hasMessage = typeof error === "object" && error !== null && "message" in error;
    this.#refuse(request, nbdError.io, hasMessage ? String(error.message) : "the bytes cannot be had");
  }

  #piecesOf({ flags, offsetBytes, lengthBytes }: Request): readonly NbdExtent[] {
    const { disk, structuredReplies } = this.#options.negotiated;
    const isOne = !structuredReplies || (flags & commandFlag.dontFragment) !== 0;
    if (isOne || lengthBytes < holeLengthBytesMin) return [{ offsetBytes, lengthBytes, hole: false }];
    return merge(withoutSmallHoles(disk.extents(offsetBytes, lengthBytes)), Infinity);
  }

  get #headerBytes(): number {
    return this.#options.negotiated.structuredReplies ? dataHeaderBytes : simpleHeaderBytes;
  }

  #replyBytes(pieces: readonly NbdExtent[]): number {
    let bytes = 0;
    for (const { hole, lengthBytes } of pieces)
      bytes += hole ? holeChunkBytes : this.#headerBytes + lengthBytes;
    return bytes;
  }

  #putHeaders(reply: Buffer, cookie: Cookie, pieces: readonly NbdExtent[]): void {
    if (!this.#options.negotiated.structuredReplies) return putSimpleHeader(reply, 0, cookie, 0);
    let at = 0;
    pieces.forEach((piece, i) => {
      const done = i === pieces.length - 1;
      if (piece.hole) putHole(reply, at, cookie, piece, done);
      else putDataHeader(reply, at, cookie, piece, done);
      at += piece.hole ? holeChunkBytes : dataHeaderBytes + piece.lengthBytes;
    });
  }

  /** Room behind the replies that wait to be sent; `#sharedBytes` is to grow by what is used of it. */
  #sharedRoom(sizeBytes: number): Buffer {
    if (this.#shared !== undefined && this.#sharedBytes + sizeBytes > this.#shared.length) this.#sendShared();
    this.#shared ??= this.#take(sharedReplyBytesMax);
    return this.#shared.subarray(this.#sharedBytes, this.#sharedBytes + sizeBytes);
  }

  #reply(bytes: Buffer): void {
    if (bytes.length > sharedReplyBytesMax) {
      this.#sendShared();
      this.#bytesInFlight += bytes.length;
      this.#send(bytes, bytes);
      return;
    }
    bytes.copy(this.#sharedRoom(bytes.length));
    this.#sharedBytes += bytes.length;
  }

  #sendShared(): void {
    const shared = this.#shared;
    if (shared === undefined) return;
    const bytes = shared.subarray(0, this.#sharedBytes);
    this.#shared = undefined;
    this.#sharedBytes = 0;
    if (bytes.length === 0) this.#giveBack(shared);
    else this.#send(bytes, shared);
  }

  #take(sizeBytes: number): Buffer {
    const buffer = this.#options.buffers.take(sizeBytes);
    this.#bytesInFlight += buffer.length;
    return buffer;
  }

  #giveBack(buffer: Buffer): void {
    this.#bytesInFlight -= buffer.length;
    this.#options.buffers.give(buffer);
  }

  #send(bytes: Buffer, owner: Buffer): void {
    const { stream, busyPoll } = this.#options;
    if (stream.destroyed || stream.writableEnded) return this.#giveBack(owner);
    busyPoll.answered();
    this.#bytesUnsent += bytes.length;
    stream.write(bytes, () => {
      this.#bytesUnsent -= bytes.length;
      this.#giveBack(owner);
      this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#stalled) {
      this.#stalled = false;
      this.#options.stream.resume();
      this.#work(); // stalls again while there still is too much
    }
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (!this.#ending || this.#ended || this.#readsWaiting > 0) return;
    this.#ended = true;
    this.#onEnd();
  }
}

function requestAt(input: Buffer, at: number): Request {
  return {
    flags: input.readUInt16BE(at + 4),
    command: input.readUInt16BE(at + 6),
    cookie: { high: input.readUInt32BE(at + 8), low: input.readUInt32BE(at + 12) },
    // Beyond 2⁵³ inexact, and far behind the end of any disk.
    offsetBytes: input.readUInt32BE(at + 16) * 2 ** 32 + input.readUInt32BE(at + 20),
    lengthBytes: input.readUInt32BE(at + 24),
  };
}

/** Calls `read` with each piece of data and its place in the reply, until one answers false. */
function eachData(
  reply: Buffer,
  pieces: readonly NbdExtent[],
  headerBytes: number,
  read: (piece: NbdExtent, target: Buffer) => boolean,
): boolean {
  let at = 0;
  for (const piece of pieces) {
    if (piece.hole) {
      at += holeChunkBytes;
      continue;
    }
    at += headerBytes;
    if (!read(piece, reply.subarray(at, at + piece.lengthBytes))) return false;
    at += piece.lengthBytes;
  }
  return true;
}

function* withoutSmallHoles(extents: Iterable<NbdExtent>): Generator<NbdExtent> {
  for (const extent of extents) {
    yield extent.hole && extent.lengthBytes < holeLengthBytesMin ? { ...extent, hole: false } : extent;
  }
}

/** Joins neighbours of one kind; at most `countMax` extents, which then cover only the start of the range. */
function merge(extents: Iterable<NbdExtent>, countMax: number): NbdExtent[] {
  const merged: NbdExtent[] = [];
  for (const extent of extents) {
    const last = merged.at(-1);
    if (last !== undefined && last.hole === extent.hole) {
      merged[merged.length - 1] = { ...last, lengthBytes: last.lengthBytes + extent.lengthBytes };
    } else if (merged.length === countMax) break;
    else merged.push(extent);
  }
  return merged;
}
