/**
 * Raw byte streams between the controller and this node's libvirt, by HTTP/1.1 upgrade (RFC 9110 §7.8).
 *
 *     GET /v1/libvirt[?readonly=1]            101 Switching Protocols
 *     Connection: Upgrade              ->     Connection: Upgrade           then libvirt RPC both ways
 *     Upgrade: dvce-libvirt                   Upgrade: dvce-libvirt
 *     Authorization: Bearer TOKEN
 *
 * The stream is opened to libvirt before the upgrade is granted, so a libvirt that is down is a plain error. Any
 * other upgrade request is refused.
 */
import { DvceError } from "@dvce/api";
import { STATUS_CODES, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { readBearerToken, type VerifyToken } from "../auth/bearer-token";
import { toErrorBody } from "../plugins/errors";
import type { Server } from "../plugins/server";

const protocol = "dvce-libvirt";
const tunnelsMax = 1024;
const connectMsMax = 5_000;

export interface LibvirtTunnelOptions {
  readonly verify: VerifyToken;
  /** libvirt's socket; the read-only one lies beside it as `<path>-ro`. */
  readonly socketPath: string;
}

/** Answers upgrade requests of the application's HTTP server until it closes. */
export function addLibvirtTunnel(app: Server, options: LibvirtTunnelOptions): void {
  const open = new Set<Duplex>();
  app.server.on("upgrade", (request: IncomingMessage, client: Duplex, head: Buffer) => {
    client.on("error", () => client.destroy());
    open.add(client);
    client.once("close", () => open.delete(client));
    accept(request, options, open.size)
      .then((libvirt) => join(client, libvirt, head))
      .catch((error: unknown) => {
        if (!(error instanceof DvceError)) app.log.error({ err: error }, "a libvirt tunnel broke inside");
        const code = "Something went wrong inside the agent; see its log.";
        refuse(client, error instanceof DvceError ? error : new DvceError("DVCE_INTERNAL", code));
      });
  });
  app.addHook("preClose", async () => {
    for (const client of open) client.destroy();
  });
}

/** The stream to libvirt that the request asks for. Throws why it is refused. */
async function accept(
  request: IncomingMessage,
  options: LibvirtTunnelOptions,
  openCount: number,
): Promise<Socket> {
  const token = readBearerToken(request.headers.authorization);
  if (token === undefined || options.verify(token) === undefined) {
    throw new DvceError("DVCE_UNAUTHENTICATED", "The bearer token is missing or not this pool's node token.");
  }
  const url = new URL(request.url ?? "/", "http://agent");
  if (request.method !== "GET" || url.pathname !== "/v1/libvirt") {
    throw new DvceError("DVCE_NOT_FOUND", `There is no upgrade at ${request.method} ${url.pathname}.`);
  }
  if (request.headers.upgrade !== protocol) {
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `The upgrade here is '${protocol}'. Send it in the Upgrade header.`,
    );
  }
  if (openCount > tunnelsMax) {
    throw new DvceError(
      "DVCE_NODE_UNREACHABLE",
      `This node has ${tunnelsMax} tunnels open already. Try again later.`,
    );
  }
  const readonly = url.searchParams.get("readonly") === "1";
  return connectTo(readonly ? `${options.socketPath}-ro` : options.socketPath);
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const timer = setTimeout(() => socket.destroy(new Error("no answer in time")), connectMsMax);
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (cause) => {
      clearTimeout(timer);
      const why = `This node's libvirt does not answer at ${path} (${cause.message}). Start libvirtd on the node.`;
      reject(new DvceError("DVCE_NODE_UNREACHABLE", why, { cause }));
    });
  });
}

/** Pipes both ways; when either side ends, so does the other. */
function join(client: Duplex, libvirt: Socket, head: Buffer): void {
  libvirt.on("error", () => client.destroy());
  libvirt.once("close", () => client.end());
  client.once("close", () => libvirt.destroy());
  if (client.destroyed) {
    libvirt.destroy();
    return;
  }
  client.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
  if (head.length > 0) libvirt.write(head);
  client.pipe(libvirt);
  libvirt.pipe(client);
}

function refuse(client: Duplex, error: DvceError): void {
  const body = JSON.stringify(toErrorBody(error, "upgrade"));
  client.end(
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? "Error"}\r\n` +
      "Content-Type: application/json; charset=utf-8\r\nConnection: close\r\n" +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
