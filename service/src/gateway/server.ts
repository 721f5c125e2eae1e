/** The gateway's listening sockets. */
import { chmod, unlink } from "node:fs/promises";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { hostname } from "node:os";
import type { GatewayRouting, OpenLibvirt } from "./routing";
import { ClientSession } from "./session";
import { defaultSettings, type GatewayLogger, type GatewaySettings } from "./settings";
import { NodeHealth } from "./upstream/health";

export interface GatewayOptions {
  /** TCP addresses; port 0 takes a free one. The protocol is not encrypted: loopback, or a trusted network. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  /** A Unix socket beside them, for its owner alone. A stale one in its place is removed. */
  readonly socketPath?: string;
  readonly routing: GatewayRouting;
  readonly openLibvirt: OpenLibvirt;
  readonly logger: GatewayLogger;
  /** @default defaultSettings */
  readonly settings?: Partial<GatewaySettings>;
  /** @default Date.now */
  readonly nowMs?: () => number;
}

export interface Gateway {
  /** Where TCP clients are accepted, in the order of `listen`. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** Ends all client connections and stops listening. */
  close(): Promise<void>;
}

/** Starts the pool's libvirt endpoint. Rejects with the system's error when an address cannot be had. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const settings = { ...defaultSettings, ...options.settings };
  const health = new NodeHealth(settings.suspicionMs, options.nowMs ?? Date.now);
  const clients = new Set<Socket>();
  const accept =
    (secure: boolean) =>
    (socket: Socket): void => {
      if (clients.size >= settings.clientsMax) {
        options.logger.warn({ clientsMax: settings.clientsMax }, "refused a client: there are too many");
        socket.destroy();
        return;
      }
      clients.add(socket);
      socket.once("close", () => clients.delete(socket));
      const { routing, openLibvirt, logger } = options;
      new ClientSession(socket, {
        routing,
        openLibvirt,
        health,
        settings,
        logger,
        hostname: hostname(),
        secure,
      });
    };

  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    for (const socket of clients) socket.destroy();
    await Promise.all(servers.map(closeServer));
  };
  const addresses: { host: string; port: number }[] = [];
  try {
    for (const { host, port } of options.listen) {
      const server = createServer(accept(false));
      await listening(server, () => server.listen({ host, port }));
      servers.push(server);
      const address = server.address() as AddressInfo;
      addresses.push({ host: address.address, port: address.port });
    }
    const { socketPath } = options;
    if (socketPath !== undefined) {
      await unlink(socketPath).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
      });
      const server = createServer(accept(true));
      await listening(server, () => server.listen({ path: socketPath }));
      servers.push(server);
      await chmod(socketPath, 0o600);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { addresses, close };
}

const listening = (server: Server, listen: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", resolve);
    listen();
  });

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
  });
