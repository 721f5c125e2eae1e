/** The connections of one client: to each node at most one, opened when the first call for that node comes. */
import { toLibvirtError } from "../wire/errors";
import type { Frame } from "../wire/frame";
import type { OpenLibvirt } from "../routing";
import type { GatewaySettings } from "../settings";
import { unreachable, UpstreamConnection, type Reply } from "./connection";
import { withDeadline } from "./deadline";

export interface UpstreamPoolOptions {
  readonly open: OpenLibvirt;
  readonly settings: GatewaySettings;
  /** Flags of the client's CONNECT_OPEN. */
  readonly openFlags: number;
  readonly readonly: boolean;
  readonly onEvent: (node: string, event: Frame) => void;
}

export class UpstreamPool {
  readonly #connections = new Map<string, Promise<UpstreamConnection>>();
  #closed = false;

  constructor(private readonly options: UpstreamPoolOptions) {}

  /** The client has gone: whatever fails from now on says nothing about a node. */
  get closed(): boolean {
    return this.#closed;
  }

  /** @throws LibvirtError naming the node when it cannot be reached */
  async call(node: string, procedure: number, payload: Buffer): Promise<Reply> {
    const connection = await this.connection(node);
    return connection.call(procedure, payload);
  }

  connection(node: string): Promise<UpstreamConnection> {
    if (this.#closed) return Promise.reject(unreachable(node, "the client has gone"));
    const known = this.#connections.get(node);
    if (known !== undefined) return known;
    const forget = (): void => {
      if (this.#connections.get(node) === opening) this.#connections.delete(node);
    };
    const opening = this.#open(node, forget);
    this.#connections.set(node, opening);
    opening.catch(forget);
    return opening;
  }

  close(): void {
    this.#closed = true;
    for (const opening of this.#connections.values()) {
      opening.then(
        (connection) => connection.close(),
        () => undefined,
      );
    }
    this.#connections.clear();
  }

  async #open(node: string, onClosed: () => void): Promise<UpstreamConnection> {
    const { open, settings, openFlags, readonly, onEvent } = this.options;
    const late = (): Error => unreachable(node, `no connection within ${settings.openTimeoutMs / 1000} s`);
    const connecting = open(node, { readonly });
    let abandoned = false;
    const opening = connecting
      .then((stream) => {
        if (abandoned) {
          stream.destroy();
          throw late();
        }
        const onNodeEvent = (event: Frame): void => onEvent(node, event);
        return UpstreamConnection.open(stream, { node, openFlags, settings, onEvent: onNodeEvent, onClosed });
      })
      .then((connection) => {
        if (abandoned) connection.close();
        return connection;
      });
    try {
      return await withDeadline(opening, settings.openTimeoutMs, late);
    } catch (error) {
      abandoned = true;
      const failure = toLibvirtError(error);
      throw failure === error ? failure : unreachable(node, failure.message);
    }
  }
}
