/**
 * Raw byte streams to a node's libvirt socket through its agent: an HTTP/1.1 upgrade (RFC 9110 §7.8).
 *
 *     GET /v1/libvirt[?readonly=1]            101 Switching Protocols
 *     Connection: Upgrade              ->     Connection: Upgrade           then libvirt RPC both ways
 *     Upgrade: dvce-libvirt                   Upgrade: dvce-libvirt
 *     Authorization: Bearer TOKEN
 */
import { DvceError, errorBodySchema, errorCatalogue, type ErrorCode } from "@dvce/api";
import { request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";

export const libvirtProtocol = "dvce-libvirt";

export interface TunnelOptions {
  readonly agentUrl: string;
  readonly nodeToken: string;
  /** The socket whose connections libvirt itself holds to read calls. */
  readonly readonly: boolean;
  /** Time to connect and be answered. Default 10 s. */
  readonly timeoutMs?: number;
}

/** Refusals are JSON error bodies; more than this is not read. */
const refusalBytesMax = 64 * 1024;

/**
 * Opens a tunnel. The socket answered carries libvirt RPC and nothing else, and belongs to the caller.
 *
 * @throws DvceError `DVCE_NODE_UNREACHABLE` when nothing answers; otherwise what the agent refused with
 */
export function openLibvirtTunnel(options: TunnelOptions): Promise<Socket> {
  const url = new URL("/v1/libvirt", options.agentUrl);
  if (options.readonly) url.searchParams.set("readonly", "1");
  return new Promise((resolve, reject) => {
    const unreachable = (cause: Error) =>
      reject(
        new DvceError(
          "DVCE_NODE_UNREACHABLE",
          `No libvirt tunnel to the agent at ${options.agentUrl} (${cause.message}). ` +
            "Check that the agent runs and that the controller can reach it.",
          { cause },
        ),
      );
    const outgoing = request(url, {
      agent: false,
      headers: {
        connection: "Upgrade",
        upgrade: libvirtProtocol,
        authorization: `Bearer ${options.nodeToken}`,
      },
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error("no answer in time")),
      options.timeoutMs ?? 10_000,
    );
    outgoing.once("error", (error) => {
      clearTimeout(timer);
      unreachable(error);
    });
    outgoing.once("upgrade", (_response, socket, head) => {
      clearTimeout(timer);
      if (head.length > 0) socket.unshift(head);
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 10_000);
      resolve(socket);
    });
    outgoing.once("response", (response) => {
      void readRefusal(response).then((error) => {
        clearTimeout(timer);
        reject(error);
      });
    });
    outgoing.end();
  });
}

async function readRefusal(response: IncomingMessage): Promise<DvceError> {
  let text = "";
  try {
    for await (const part of response.setEncoding("utf8")) {
      text += String(part);
      if (text.length > refusalBytesMax) break;
    }
    const body = errorBodySchema.safeParse(JSON.parse(text));
    if (body.success) {
      const { code, message } = body.data.error;
      return new DvceError(code in errorCatalogue ? (code as ErrorCode) : "DVCE_INTERNAL", message);
    }
  } catch {
    // falls through to the answer for what is no DVCE error
  }
  return new DvceError(
    "DVCE_NODE_UNREACHABLE",
    `The agent answered a libvirt tunnel with status ${response.statusCode ?? 0} instead of switching protocols; ` +
      "check that both sides run the same version of DVCE.",
  );
}
