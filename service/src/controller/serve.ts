/** The controller as a process: HTTP API, libvirt gateway, housekeeping. */
import { mkdir } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Logger } from "pino";
import { connectAgents } from "../agent-link/agents";
import { openLibvirtTunnel } from "../agent-link/libvirt-tunnel";
import { verifierOf } from "../auth/bearer-token";
import { readBearerTokenFile, readTokenFile } from "../auth/token-file";
import { startGateway, type Gateway } from "../gateway";
import { buildControllerServer } from "../routes";
import { Database } from "../state";
import type { Clock } from "../state/clock";
import { Controller } from "./controller";
import type { ControllerSettings } from "./settings";

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

export interface ServeOptions {
  readonly listen: readonly Address[];
  /** The database lies here, as `controller.sqlite`. */
  readonly dataDirectory: string;
  readonly tokensFile: string;
  /** Holds the token that agents take from this controller. */
  readonly nodeTokenFile: string;
  readonly gatewayListen: readonly Address[];
  readonly gatewaySocket?: string;
  readonly settings?: Partial<ControllerSettings>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
}

export interface RunningController {
  /** Where the API listens, in the order given. */
  readonly addresses: readonly Address[];
  readonly gatewayAddresses: readonly Address[];
  readonly controller: Controller;
  /** Stops listening, cuts what is under way, and closes the database. */
  close(): Promise<void>;
}

/** Longer than clients keep idle connections, so that none is closed under a request. */
const keepAliveTimeoutMs = 72_000;

/**
 * Starts everything, or nothing.
 *
 * @throws DvceError `DVCE_INPUT_INVALID` for an unreadable token file, `DVCE_STORE_LOCKED`; the system's error when
 *   an address cannot be had
 */
export async function serveController(options: ServeOptions): Promise<RunningController> {
  const { logger, clock } = options;
  const verify = verifierOf(await readTokenFile(options.tokensFile));
  const nodeToken = await readBearerTokenFile(options.nodeTokenFile);
  await mkdir(options.dataDirectory, { recursive: true, mode: 0o700 });
  const database = Database.open(join(options.dataDirectory, "controller.sqlite"));
  const servers: HttpServer[] = [];
  let gateway: Gateway | undefined;
  let pulls: Controller["pulls"] | undefined;
  let timer: NodeJS.Timeout | undefined;
  const close = async (): Promise<void> => {
    clearInterval(timer);
    await gateway?.close();
    await Promise.all(servers.map(closeServer));
    await pulls?.close();
    database.close();
  };
  try {
    const controller = new Controller({
      database,
      clock,
      connectAgent: connectAgents(nodeToken),
      ...(options.settings === undefined ? {} : { settings: options.settings }),
    });
    pulls = controller.pulls;
    const { server } = await buildControllerServer({ controller, verify, logger, version: options.version });
    const addresses: Address[] = [];
    for (const address of options.listen) {
      // One application behind several sockets: Fastify itself listens on one only.
      const http = createServer((request, response) => server.routing(request, response));
      http.keepAliveTimeout = keepAliveTimeoutMs;
      addresses.push(await listen(http, address));
      servers.push(http);
    }
    gateway = await startGateway({
      listen: options.gatewayListen,
      ...(options.gatewaySocket === undefined ? {} : { socketPath: options.gatewaySocket }),
      routing: controller.vms,
      openLibvirt: (node, { readonly }) =>
        openLibvirtTunnel({ agentUrl: controller.registry.get(node).agentUrl, nodeToken, readonly }),
      logger,
      nowMs: clock,
    });
    timer = setInterval(() => controller.tick(), controller.settings.heartbeatIntervalMs);
    return { addresses, gatewayAddresses: gateway.addresses, controller, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function listen(server: HttpServer, { host, port }: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.removeListener("error", reject);
      const address = server.address() as AddressInfo;
      resolve({ host: address.address, port: address.port });
    });
  });
}

function closeServer(server: HttpServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
