/**
 * One message of libvirt RPC (libvirt's docs/kbase/internals/rpc.rst, src/rpc/virnetprotocol.x).
 *
 *   offset  size  field
 *   0       4     length of the whole message, these four bytes included
 *   4       4     program: 0x20008086 remote, 0x6b656570 keepalive, …
 *   8       4     program version, 1
 *   12      4     procedure
 *   16      4     type: 0 call, 1 reply, 2 message (event, ping), 3 stream, 4 and 5 call and reply with
 *                 file descriptors, 6 stream hole
 *   20      4     serial: chosen by the caller, repeated in the reply; 0 in messages
 *   24      4     status: 0 ok, 1 error (the payload is a remote_error), 2 continue (streams)
 *   28      …     payload, XDR
 *
 * All fields are unsigned and big-endian. A length outside its bounds makes everything after it meaningless,
 * so it ends the connection.
 */
import { XdrError } from "./xdr";

export const headerSizeBytes = 28;

/** libvirt's VIR_NET_MESSAGE_MAX, 32 MiB, does not count the length word. */
export const messageSizeBytesMax = 32 * 1024 * 1024 + 4;

export const program = { remote: 0x20008086, keepalive: 0x6b656570 } as const;
export const programVersion = 1;

export const messageType = {
  call: 0,
  reply: 1,
  message: 2,
  stream: 3,
  callWithDescriptors: 4,
  replyWithDescriptors: 5,
  streamHole: 6,
} as const;

export const messageStatus = { ok: 0, error: 1, continue: 2 } as const;

export interface Frame {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
  readonly payload: Buffer;
}

/** The message as bytes: header and payload, which is not copied. */
export function encodeFrame(frame: Frame): readonly [header: Buffer, payload: Buffer] {
  const lengthBytes = headerSizeBytes + frame.payload.length;
  if (lengthBytes > messageSizeBytesMax) {
    throw new XdrError(`a message of ${lengthBytes} bytes; at most ${messageSizeBytesMax} are allowed`);
  }
  const header = Buffer.allocUnsafe(headerSizeBytes);
  header.writeUInt32BE(lengthBytes, 0);
  header.writeUInt32BE(frame.program, 4);
  header.writeUInt32BE(frame.version, 8);
  header.writeUInt32BE(frame.procedure, 12);
  header.writeUInt32BE(frame.type, 16);
  header.writeUInt32BE(frame.serial, 20);
  header.writeUInt32BE(frame.status, 24);
  return [header, frame.payload];
}

/** Cuts a byte stream into messages. Holds at most the one message that is not complete. */
export class FrameDecoder {
  #parts: Buffer[] = [];
  #heldBytes = 0;
  #wantedBytes = 4;

  /**
   * The messages that `chunk` completes, in order.
   * @throws XdrError on a length outside 28 bytes … 32 MiB; the decoder is of no use afterwards
   */
  *push(chunk: Buffer): Generator<Frame> {
    this.#parts.push(chunk);
    this.#heldBytes += chunk.length;
    while (this.#heldBytes >= this.#wantedBytes) {
      const held = this.#parts.length === 1 ? this.#parts[0] : undefined;
      const bytes = held ?? Buffer.concat(this.#parts);
      const lengthBytes = bytes.readUInt32BE(0);
      if (lengthBytes < headerSizeBytes || lengthBytes > messageSizeBytesMax) {
        throw new XdrError(
          `a message length of ${lengthBytes} bytes; ${headerSizeBytes} to ${messageSizeBytesMax} are allowed`,
        );
      }
      if (bytes.length < lengthBytes) {
        this.#parts = [bytes];
        this.#wantedBytes = lengthBytes;
        return;
      }
      const rest = bytes.subarray(lengthBytes);
      this.#parts = rest.length > 0 ? [rest] : [];
      this.#heldBytes = rest.length;
      this.#wantedBytes = 4;
      yield decodeFrame(bytes.subarray(0, lengthBytes));
    }
  }
}

function decodeFrame(bytes: Buffer): Frame {
  return {
    program: bytes.readUInt32BE(4),
    version: bytes.readUInt32BE(8),
    procedure: bytes.readUInt32BE(12),
    type: bytes.readUInt32BE(16),
    serial: bytes.readUInt32BE(20),
    status: bytes.readUInt32BE(24),
    payload: bytes.subarray(headerSizeBytes),
  };
}
