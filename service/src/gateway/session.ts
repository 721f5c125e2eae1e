/**
 * One client's connection: frames in, calls to the router, replies out.
 *
 * Bounds: at most `callsPerClientMax` calls are under way and their arguments hold at most about
 * `callBytesPerClientMax`; while either is reached, or replies lie unread, the client's socket is not read. A
 * client that leaves `unreadBytesPerClientMax` unread is dropped. Bytes that are not the protocol end this
 * connection and nothing else.
 */
import type { Socket } from "node:net";
import { EventHub } from "./calls/events";
import { NodeCalls } from "./calls/nodes";
import { procedure, procedureByNumber, type ProcedureRow } from "./procedures";
import { Router } from "./router";
import type { GatewayRouting, OpenLibvirt } from "./routing";
import type { GatewayLogger, GatewaySettings } from "./settings";
import type { Reply } from "./upstream/connection";
import type { NodeHealth } from "./upstream/health";
import { UpstreamPool } from "./upstream/pool";
import {
  encodeError,
  errorCode,
  errorDomain,
  LibvirtError,
  notSupported,
  toLibvirtError,
} from "./wire/errors";
import {
  encodeFrame,
  FrameDecoder,
  headerSizeBytes,
  messageSizeBytesMax,
  messageStatus,
  messageType,
  program,
  programVersion,
  type Frame,
} from "./wire/frame";
import { keepaliveFrame, keepaliveProcedure } from "./wire/keepalive";
import { XdrError, XdrReader, XdrWriter } from "./wire/xdr";

export interface SessionOptions {
  readonly routing: GatewayRouting;
  readonly openLibvirt: OpenLibvirt;
  readonly health: NodeHealth;
  readonly settings: GatewaySettings;
  readonly logger: GatewayLogger;
  /** What CONNECT_GET_HOSTNAME answers. */
  readonly hostname: string;
  /** A Unix socket, which libvirt calls secure. */
  readonly secure: boolean;
}

/** What exists between CONNECT_OPEN and CONNECT_CLOSE. */
interface Opened {
  readonly upstreams: UpstreamPool;
  readonly router: Router;
  readonly events: EventHub;
}

/** VIR_CONNECT_RO of virConnectFlags. */
const connectReadonly = 1;

/**
 * virDrvFeature: typed string parameters, keepalive, migratable XML, event callbacks with numbers, the right
 * argument order of network updates. Not: any kind of migration, file descriptors, close callbacks.
 */
const features = new Set([9, 10, 11, 14, 16]);

const empty: Reply = { ok: true, payload: Buffer.alloc(0) };
const good = (payload: Buffer): Reply => ({ ok: true, payload });

export class ClientSession {
  readonly #decoder = new FrameDecoder();
  #opened: Opened | undefined;
  /** Calls that arrived in one piece with others and may not begin yet. */
  readonly #waiting: Frame[] = [];
  #calls = 0;
  #callBytes = 0;
  #ended = false;

  constructor(
    private readonly socket: Socket,
    private readonly options: SessionOptions,
  ) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 30_000);
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
    socket.on("drain", () => this.#advance());
    socket.on("error", (error) => options.logger.debug({ error: error.message }, "a client's socket failed"));
    socket.on("close", () => this.#end());
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#decoder.push(chunk)) {
        if (this.#ended) return;
        if (frame.program === program.keepalive) this.#answerPing(frame);
        else if (frame.type === messageType.call) this.#waiting.push(frame);
        else this.#refuseType(frame);
      }
    } catch (error) {
      if (!(error instanceof XdrError)) throw error;
      this.#drop(`it sent ${error.message}`);
    }
    this.#advance();
  }

  /** A ping is answered before any call that waits: a busy connection is not a dead one. */
  #answerPing(frame: Frame): void {
    if (frame.procedure === keepaliveProcedure.ping) this.#send(keepaliveFrame(keepaliveProcedure.pong));
  }

  #begin(frame: Frame): void {
    this.#calls += 1;
    this.#callBytes += frame.payload.length;
    void this.#answer(frame)
      .catch((error: unknown): Reply => {
        const failure = toLibvirtError(error);
        this.options.logger.debug({ procedure: frame.procedure, error: failure.message }, "a call failed");
        return { ok: false, payload: encodeError(failure) };
      })
      .then((reply) => this.#reply(frame, reply))
      .finally(() => {
        this.#calls -= 1;
        this.#callBytes -= frame.payload.length;
        this.#advance();
      });
  }

  async #answer(frame: Frame): Promise<Reply> {
    if (frame.program !== program.remote || frame.version !== programVersion) {
      throw new LibvirtError(
        errorCode.rpc,
        errorDomain.rpc,
        `Cannot find program ${frame.program} version ${frame.version}`,
      );
    }
    const row = procedureByNumber.get(frame.procedure);
    // libvirt's own words: clients look for them to learn what a server lacks.
    if (row === undefined) {
      throw new LibvirtError(errorCode.noSupport, errorDomain.rpc, `unknown procedure: ${frame.procedure}`);
    }
    if (row[2].kind === "local") return this.#answerHere(row, frame.payload);
    return this.#connection().router.route(row, frame.payload);
  }

  async #answerHere([number, name]: ProcedureRow, payload: Buffer): Promise<Reply> {
    switch (number) {
      case procedure.authList:
        // One type: none. Whoever reaches this socket may use it.
        return good(new XdrWriter().uint(1).uint(0).take());
      case procedure.connectSupportsFeature:
        return good(new XdrWriter().int(features.has(new XdrReader(payload).int()) ? 1 : 0).take());
      case procedure.connectOpen:
        return this.#open(payload);
      case procedure.connectClose:
        this.#opened?.upstreams.close();
        this.#opened = undefined;
        return empty;
      case procedure.connectGetHostname:
        return good(new XdrWriter().string(this.options.hostname).take());
      case procedure.connectGetUri:
        return good(new XdrWriter().string(this.options.settings.uri).take());
      case procedure.connectIsSecure:
        return good(new XdrWriter().int(this.options.secure ? 1 : 0).take());
      case procedure.domainEventCallbackRegister:
        return good(await this.#connection().events.register(payload));
      case procedure.domainEventCallbackDeregister:
        return good(await this.#connection().events.deregister(payload));
      default:
        throw notSupported(name);
    }
  }

  #open(payload: Buffer): Reply {
    if (this.#opened !== undefined) {
      throw new LibvirtError(errorCode.operationFailed, errorDomain.rpc, "connection already open");
    }
    const reader = new XdrReader(payload);
    const { routing, openLibvirt, health, settings, logger } = this.options;
    const uri = reader.optional(() => reader.string()) ?? settings.uri;
    const openFlags = reader.uint();
    if (uri !== settings.uri) {
      throw new LibvirtError(
        errorCode.noConnect,
        errorDomain.rpc,
        `no connection driver available for ${uri}; the pool offers ${settings.uri}`,
      );
    }
    const readonly = (openFlags & connectReadonly) !== 0;
    const upstreams = new UpstreamPool({
      open: openLibvirt,
      settings,
      openFlags,
      readonly,
      onEvent: (node, event) => this.#opened?.events.receive(node, event),
    });
    const nodes = new NodeCalls(routing, upstreams, health, settings, logger);
    const router = new Router({ routing, nodes, settings, logger, readonly });
    const events = new EventHub(nodes, router.domains, (event) => this.#send({ ...event, serial: 0 }));
    this.#opened = { upstreams, router, events };
    return empty;
  }

  #connection(): Opened {
    if (this.#opened !== undefined) return this.#opened;
    throw new LibvirtError(errorCode.invalidConnection, errorDomain.rpc, "connection not open");
  }

  /** Stream data and calls with file descriptors get an error at once; whatever else is not for a server. */
  #refuseType(frame: Frame): void {
    const replyTypes = new Map<number, number>([
      [messageType.callWithDescriptors, messageType.reply],
      [messageType.stream, messageType.stream],
      [messageType.streamHole, messageType.stream],
    ]);
    const type = replyTypes.get(frame.type);
    if (type === undefined) {
      this.#drop(`it sent a message of type ${frame.type}, which only servers send`);
      return;
    }
    const name = procedureByNumber.get(frame.procedure)?.[1] ?? `procedure ${frame.procedure}`;
    const payload = encodeError(notSupported(`${name} with a stream or file descriptors`));
    this.#send({ ...frame, type, status: messageStatus.error, payload });
  }

  #reply(call: Frame, reply: Reply): void {
    const status = reply.ok ? messageStatus.ok : messageStatus.error;
    const type = messageType.reply;
    if (headerSizeBytes + reply.payload.length <= messageSizeBytesMax) {
      this.#send({ ...call, type, status, payload: reply.payload });
      return;
    }
    const tooLong = new LibvirtError(
      errorCode.rpc,
      errorDomain.rpc,
      `the pool's answer has ${reply.payload.length} bytes; a message holds at most ${messageSizeBytesMax}`,
    );
    this.#send({ ...call, type, status: messageStatus.error, payload: encodeError(tooLong) });
  }

  #send(frame: Frame): void {
    if (this.#ended) return;
    const [header, payload] = encodeFrame(frame);
    this.socket.cork();
    this.socket.write(header);
    if (payload.length > 0) this.socket.write(payload);
    this.socket.uncork();
    if (this.socket.writableLength > this.options.settings.unreadBytesPerClientMax) {
      this.#drop(`it left ${this.socket.writableLength} bytes unread`);
    }
  }

  /** Begins calls that wait as far as the bounds allow, and reads the socket only when none is left waiting. */
  #advance(): void {
    if (this.#ended) return;
    for (let next = this.#waiting[0]; next !== undefined && !this.#isFull(); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#begin(next);
    }
    const busy = this.#waiting.length > 0 || this.#isFull();
    if (busy && !this.socket.isPaused()) this.socket.pause();
    if (!busy && this.socket.isPaused()) this.socket.resume();
  }

  #isFull(): boolean {
    const { callsPerClientMax, callBytesPerClientMax } = this.options.settings;
    return (
      this.#calls >= callsPerClientMax ||
      this.#callBytes >= callBytesPerClientMax ||
      this.socket.writableNeedDrain
    );
  }

  #drop(why: string): void {
    if (this.#ended) return;
    this.options.logger.warn({ client: this.socket.remoteAddress }, `dropped a client: ${why}`);
    this.#end();
    this.socket.destroy();
  }

  #end(): void {
    this.#ended = true;
    this.#waiting.length = 0;
    this.#opened?.upstreams.close();
    this.#opened = undefined;
  }
}
