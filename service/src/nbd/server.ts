/**
 * A read-only NBD server on a Unix socket: fixed newstyle, structured replies, `base:allocation`, many
 * connections. Bounds: connections, handshake time, option data, request length, work in flight a connection.
 */
import { mkdir, rm } from "node:fs/promises";
import net from "node:net";
import { dirname } from "node:path";
import type { Duplex } from "node:stream";
import { BufferPool } from "./buffer-pool";
import { BusyPoll } from "./busy-poll";
import type { NbdExports } from "./export";
import { negotiate } from "./negotiation";
import { letQemuUse } from "./qemu-access";
import { SocketReader } from "./socket-reader";
import { transmit } from "./transmission";

/** More connections than this are closed at once. Each running VM holds one. */
const connectionsMax = 1024;
const handshakeMsMax = 30_000;

export interface NbdServerOptions extends ConnectionOptions {
  readonly socketPath: string;
}

export interface ConnectionOptions {
  readonly exports: NbdExports;
  /** A read was answered with EIO, so its VM is about to be paused. */
  readonly onReadFailed?: (error: unknown) => void;
}

export interface NbdServer {
  /** Closes every connection and removes the socket. */
  close(): Promise<void>;
}

/** Listens; a socket file that an earlier process left behind is replaced. */
export async function startNbdServer(options: NbdServerOptions): Promise<NbdServer> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    if (sockets.size >= connectionsMax) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    void serveConnection(socket, options);
  });
  await mkdir(dirname(options.socketPath), { recursive: true });
  await rm(options.socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.socketPath, resolve);
  });
  await letQemuUse(options.socketPath, 0o660);
  return {
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

// Of the thread, for all its connections.
const buffers = new BufferPool();
const busyPoll = new BusyPoll();

/** Serves one client; resolves when the stream is ended or destroyed. */
export async function serveConnection(stream: Duplex, options: ConnectionOptions): Promise<void> {
  const reader = new SocketReader(stream);
  const deadline = setTimeout(() => stream.destroy(), handshakeMsMax);
  try {
    const negotiated = await negotiate(reader, senderOf(stream), options.exports);
    clearTimeout(deadline);
    reader.release();
    if (negotiated !== undefined) {
      const onReadFailed = options.onReadFailed ?? (() => undefined);
      await transmit({ stream, negotiated, buffers, busyPoll, onReadFailed });
    }
    stream.end(() => stream.destroy());
  } catch {
    stream.destroy(); // the client went away while it was being answered
  } finally {
    clearTimeout(deadline);
  }
}

/** Writes the handshake's replies; resolves when the stream takes more, rejects when it is gone. */
function senderOf(stream: Duplex): (parts: readonly Buffer[]) => Promise<void> {
  return async (parts) => {
    if (stream.destroyed) throw new Error("the connection is closed");
    await new Promise<void>((resolve, reject) => {
      stream.write(Buffer.concat(parts), (error) => (error ? reject(error) : resolve()));
    });
  };
}
