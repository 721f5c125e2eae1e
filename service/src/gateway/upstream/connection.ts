/**
 * One connection to one node's libvirt: numbers its own calls, matches replies to them, passes events on, and
 * notices a node that has gone silent.
 *
 * A call that is under way when the connection ends fails with an error that names the node; nobody knows
 * whether the node carried it out, so it is not repeated here.
 */
import type { Duplex } from "node:stream";
import { procedure } from "../procedures";
import type { GatewaySettings } from "../settings";
import { decodeError, errorCode, errorDomain, LibvirtError } from "../wire/errors";
import {
  encodeFrame,
  FrameDecoder,
  messageStatus,
  messageType,
  program,
  programVersion,
  type Frame,
} from "../wire/frame";
import { XdrReader, XdrWriter } from "../wire/xdr";
import { keepaliveFrame, keepaliveProcedure } from "../wire/keepalive";

/** A node's answer: the payload is the result, or an encoded libvirt error. */
export interface Reply {
  readonly ok: boolean;
  readonly payload: Buffer;
}

export interface UpstreamOptions {
  readonly node: string;
  /** As the client gave them to CONNECT_OPEN: 1 is VIR_CONNECT_RO. */
  readonly openFlags: number;
  readonly settings: GatewaySettings;
  /** Called for each event, in order. */
  readonly onEvent: (event: Frame) => void;
  readonly onClosed: () => void;
}

interface Pending {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
}

const authType = { none: 0, polkit: 2 } as const;
const authTypesMax = 20;
const nothing = Buffer.alloc(0);

/** libvirt itself reports a server that it cannot reach as a system error of its RPC. */
export const unreachable = (node: string, why: string): LibvirtError =>
  new LibvirtError(errorCode.system, errorDomain.rpc, `node '${node}' cannot be reached: ${why}`);

export class UpstreamConnection {
  readonly #pending = new Map<number, Pending>();
  readonly #decoder = new FrameDecoder();
  #serial = 0;
  #silentIntervals = 0;
  #failure: LibvirtError | undefined;
  #keepalive: NodeJS.Timeout | undefined;

  private constructor(
    private readonly stream: Duplex,
    private readonly options: UpstreamOptions,
  ) {
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
    stream.on("error", (error) => this.#fail(error.message));
    stream.on("close", () => this.#fail("its libvirt closed the connection"));
    stream.on("end", () => this.#fail("its libvirt closed the connection"));
  }

  /**
   * Authenticates and opens the node's driver on a fresh stream.
   * @throws LibvirtError the node's own refusal, or that it cannot be reached
   */
  static async open(stream: Duplex, options: UpstreamOptions): Promise<UpstreamConnection> {
    const connection = new UpstreamConnection(stream, options);
    try {
      const auth = await connection.#require(procedure.authList, nothing);
      const reader = new XdrReader(auth);
      const types = reader.array(authTypesMax, () => reader.uint());
      if (types.length > 0 && !types.includes(authType.none)) {
        if (!types.includes(authType.polkit)) {
          throw new LibvirtError(
            errorCode.authFailed,
            errorDomain.rpc,
            `the libvirt of node '${options.node}' wants authentication of types ${types.join(", ")}; the agent's connection offers none`,
          );
        }
        await connection.#require(procedure.authPolkit, nothing);
      }
      const open = new XdrWriter();
      open.optional(options.settings.uri, (uri) => open.string(uri)).uint(options.openFlags);
      await connection.#require(procedure.connectOpen, open.take());
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** @throws LibvirtError when the connection ends before the reply */
  call(procedureNumber: number, payload: Buffer): Promise<Reply> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    this.#serial = this.#serial === 0x7fffffff ? 1 : this.#serial + 1;
    const serial = this.#serial;
    return new Promise((resolve, reject) => {
      this.#pending.set(serial, { resolve, reject });
      this.#watch();
      this.#send({
        program: program.remote,
        version: programVersion,
        procedure: procedureNumber,
        type: messageType.call,
        serial,
        status: messageStatus.ok,
        payload,
      });
    });
  }

  close(): void {
    this.#fail("the connection was closed");
  }

  async #require(procedureNumber: number, payload: Buffer): Promise<Buffer> {
    const reply = await this.call(procedureNumber, payload);
    if (!reply.ok) throw decodeError(reply.payload);
    return reply.payload;
  }

  #send(frame: Frame): void {
    const [header, payload] = encodeFrame(frame);
    this.stream.cork();
    this.stream.write(header);
    if (payload.length > 0) this.stream.write(payload);
    this.stream.uncork();
  }

  #receive(chunk: Buffer): void {
    this.#silentIntervals = 0;
    try {
      for (const frame of this.#decoder.push(chunk)) this.#dispatch(frame);
    } catch (error) {
      this.#fail(`it sent ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #dispatch(frame: Frame): void {
    if (frame.program === program.keepalive) {
      if (frame.procedure === keepaliveProcedure.ping) this.#send(keepaliveFrame(keepaliveProcedure.pong));
      return;
    }
    if (frame.program !== program.remote) return;
    if (frame.type === messageType.message) {
      this.options.onEvent(frame);
      return;
    }
    if (frame.type !== messageType.reply) return;
    const pending = this.#pending.get(frame.serial);
    if (pending === undefined) return;
    this.#pending.delete(frame.serial);
    pending.resolve({ ok: frame.status === messageStatus.ok, payload: frame.payload });
  }

  /** Pings while calls wait: libvirt answers pings from its event loop even when a call takes long. */
  #watch(): void {
    if (this.#keepalive !== undefined) return;
    this.#silentIntervals = 0;
    this.#keepalive = setInterval(() => {
      if (this.#pending.size === 0) {
        clearInterval(this.#keepalive);
        this.#keepalive = undefined;
        return;
      }
      if (this.#silentIntervals === 2) {
        const seconds = (3 * this.options.settings.keepaliveIntervalMs) / 1000;
        this.#fail(`its libvirt sent nothing for ${seconds} s while a call waited`);
        return;
      }
      this.#silentIntervals += 1;
      this.#send(keepaliveFrame(keepaliveProcedure.ping));
    }, this.options.settings.keepaliveIntervalMs);
    this.#keepalive.unref();
  }

  #fail(why: string): void {
    if (this.#failure !== undefined) return;
    const failure = unreachable(this.options.node, why);
    this.#failure = failure;
    clearInterval(this.#keepalive);
    for (const pending of this.#pending.values()) pending.reject(failure);
    this.#pending.clear();
    this.stream.destroy();
    this.options.onClosed();
  }
}
