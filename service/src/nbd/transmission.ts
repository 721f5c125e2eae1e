/**
 * The transmission phase of one connection. Requests are answered in the order in which their bytes are there,
 * many at a time; a client that sends requests without reading the replies is stopped by backpressure.
 */
import type { NbdExport, NbdExtent } from "./export";
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
  simpleReply,
  structuredBlockStatus,
  structuredData,
  structuredDone,
  structuredError,
  structuredHole,
  type Cookie,
} from "./replies";
import type { SocketReader } from "./socket-reader";

/** Requests of one connection that are worked on at a time. QEMU sends at most 16. */
const requestsInFlightMax = 64;
/** Bytes that those may ask for together; a larger single request goes alone. */
const bytesInFlightMax = requestLengthBytesMax;
const statusExtentsMax = 4096;
/** Smaller holes are sent as zeros, inside the data around them. */
const holeLengthBytesMin = 4096;

interface Request {
  readonly flags: number;
  readonly command: number;
  readonly cookie: Cookie;
  readonly offset: bigint;
  readonly lengthBytes: number;
}

export interface TransmissionOptions {
  readonly reader: SocketReader;
  readonly send: (parts: readonly Buffer[]) => Promise<void>;
  readonly negotiated: Negotiated;
  /** A read that could not be had, answered with EIO. */
  readonly onReadFailed: (error: unknown) => void;
}

/** Serves requests until the client disconnects, its stream ends or breaks, or it sends what is no request. */
export async function transmit(options: TransmissionOptions): Promise<void> {
  const { reader } = options;
  const inFlight = new InFlight();
  const pending = new Set<Promise<void>>();
  for (;;) {
    const header = await reader.exactly(requestSizeBytes);
    if (header === undefined || header.readUInt32BE(0) !== requestMagic) break;
    const request: Request = {
      flags: header.readUInt16BE(4),
      command: header.readUInt16BE(6),
      cookie: header.readBigUInt64BE(8),
      offset: header.readBigUInt64BE(16),
      lengthBytes: header.readUInt32BE(24),
    };
    if (request.command === command.disconnect) break;
    // The payload of a refused write must be taken off the stream before the next request can be read.
    if (request.command === command.write && !(await reader.skip(request.lengthBytes))) break;
    const cost = request.command === command.read ? Math.min(request.lengthBytes, bytesInFlightMax) : 0;
    await inFlight.enter(cost);
    const work = answer(request, options)
      .catch(() => undefined) // the connection broke while a reply was being written: the reader ends it
      .finally(() => {
        inFlight.leave(cost);
        pending.delete(work);
      });
    pending.add(work);
  }
  await Promise.all(pending);
}

async function answer(request: Request, options: TransmissionOptions): Promise<void> {
  const { send, negotiated } = options;
  const refuse = (error: number, why: string) =>
    send(
      negotiated.structuredReplies
        ? structuredError(request.cookie, error, why)
        : simpleReply(request.cookie, error),
    );
  const succeed = () =>
    send(
      negotiated.structuredReplies && request.command !== command.flush
        ? structuredDone(request.cookie)
        : simpleReply(request.cookie, 0),
    );
  switch (request.command) {
    case command.read:
    case command.blockStatus: {
      if (request.command === command.blockStatus && !negotiated.allocation) {
        return refuse(nbdError.invalid, "no metadata context was negotiated");
      }
      if (request.offset + BigInt(request.lengthBytes) > BigInt(negotiated.disk.sizeBytes)) {
        return refuse(nbdError.invalid, "the range ends behind the disk");
      }
      if (request.command === command.blockStatus) return answerStatus(request, options, refuse);
      if (request.lengthBytes > requestLengthBytesMax) {
        return refuse(
          negotiated.structuredReplies ? nbdError.overflow : nbdError.invalid,
          `a read has at most ${requestLengthBytesMax} bytes`,
        );
      }
      return request.lengthBytes === 0 ? succeed() : answerRead(request, options, refuse);
    }
    case command.flush:
      return succeed();
    case command.write:
    case command.trim:
    case command.writeZeroes:
      return refuse(nbdError.permission, "the export is read-only");
    case command.cache:
      return refuse(nbdError.notSupported, "the cache command was not offered");
    default:
      return refuse(nbdError.invalid, `command ${request.command} is not known`);
  }
}

type Refuse = (error: number, why: string) => Promise<void>;

async function answerRead(request: Request, options: TransmissionOptions, refuse: Refuse): Promise<void> {
  const { send, negotiated } = options;
  const offsetBytes = Number(request.offset);
  const whole = !negotiated.structuredReplies || (request.flags & commandFlag.dontFragment) !== 0;
  const pieces: readonly NbdExtent[] = whole
    ? [{ offsetBytes, lengthBytes: request.lengthBytes, hole: false }]
    : dataAndHoles(negotiated.disk, offsetBytes, request.lengthBytes);
  const parts: Buffer[] = [];
  try {
    const data = await Promise.all(
      pieces.map(async (piece) =>
        piece.hole ? undefined : negotiated.disk.read(piece.offsetBytes, piece.lengthBytes),
      ),
    );
    pieces.forEach((piece, i) => {
      const done = i === pieces.length - 1;
      const bytes = data[i];
      if (!negotiated.structuredReplies) parts.push(...simpleReply(request.cookie, 0, bytes));
      else if (bytes === undefined) {
        parts.push(...structuredHole(request.cookie, piece.offsetBytes, piece.lengthBytes, done));
      } else parts.push(...structuredData(request.cookie, piece.offsetBytes, bytes, done));
    });
  } catch (error) {
    options.onReadFailed(error);
    return refuse(nbdError.io, error instanceof Error ? error.message : "the bytes cannot be had");
  }
  await send(parts);
}

async function answerStatus(request: Request, options: TransmissionOptions, refuse: Refuse): Promise<void> {
  if (request.lengthBytes === 0) return refuse(nbdError.invalid, "the range is empty");
  const one = (request.flags & commandFlag.requestOne) !== 0;
  const { disk } = options.negotiated;
  const extents = merge(
    disk.extents(Number(request.offset), request.lengthBytes),
    one ? 1 : statusExtentsMax,
  );
  await options.send(structuredBlockStatus(request.cookie, extents));
}

function dataAndHoles(disk: NbdExport, offsetBytes: number, lengthBytes: number): readonly NbdExtent[] {
  const withoutSmallHoles = function* (): Generator<NbdExtent> {
    for (const extent of disk.extents(offsetBytes, lengthBytes)) {
      yield extent.hole && extent.lengthBytes < holeLengthBytesMin ? { ...extent, hole: false } : extent;
    }
  };
  return merge(withoutSmallHoles(), Infinity);
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

/** Counts what is being worked on; `enter` waits while that is too much. One waiter: the connection's reader. */
class InFlight {
  #requests = 0;
  #bytes = 0;
  #wake: (() => void) | undefined;

  async enter(costBytes: number): Promise<void> {
    while (
      this.#requests > 0 &&
      (this.#requests >= requestsInFlightMax || this.#bytes + costBytes > bytesInFlightMax)
    ) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#requests++;
    this.#bytes += costBytes;
  }

  leave(costBytes: number): void {
    this.#requests--;
    this.#bytes -= costBytes;
    this.#wake?.();
    this.#wake = undefined;
  }
}
