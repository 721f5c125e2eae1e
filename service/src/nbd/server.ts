/**
 * A read-only NBD server on a Unix socket: fixed newstyle, structured replies, `base:allocation`, many
 * connections. Bounds: connections, handshake time, option data, request length, work in flight a connection.
 */
import { mkdir, rm } from "node:fs/promises";
import net from "node:net";
import { dirname } from "node:path";
import type { NbdExports } from "./export";
import { negotiate } from "./negotiation";
import { letQemuUse } from "./qemu-access";
import { SocketReader } from "./socket-reader";
import { transmit } from "./transmission";

/** More connections than this are closed at once. Each running VM holds one. */
const connectionsMax = 1024;
const handshakeMsMax = 30_000;

export interface NbdServerOptions {
  readonly socketPath: string;
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
    void serve(socket, options);
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

async function serve(socket: net.Socket, options: NbdServerOptions): Promise<void> {
  const reader = new SocketReader(socket);
  const send = senderOf(socket);
  const deadline = setTimeout(() => socket.destroy(), handshakeMsMax);
  try {
    const negotiated = await negotiate(reader, send, options.exports);
    clearTimeout(deadline);
    if (negotiated !== undefined) {
      const onReadFailed = options.onReadFailed ?? (() => undefined);
      await transmit({ reader, send, negotiated, onReadFailed });
    }
    socket.end();
    socket.destroySoon();
  } catch {
    socket.destroy(); // the client went away while it was being answered
  } finally {
    clearTimeout(deadline);
  }
}

/** Writes whole replies; resolves when the socket takes more, rejects when it is gone. */
function senderOf(socket: net.Socket): (parts: readonly Buffer[]) => Promise<void> {
  let waiting: (() => void)[] = [];
  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  socket.on("drain", wake);
  socket.on("close", wake);
  socket.on("error", wake);
  return async (parts) => {
    if (socket.destroyed) throw new Error("the connection is closed");
    socket.cork();
    let more = true;
    for (const part of parts) more = socket.write(part);
    process.nextTick(() => socket.uncork());
    if (!more) await new Promise<void>((resolve) => waiting.push(resolve));
    if (socket.destroyed) throw new Error("the connection is closed");
  };
}
