import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import pino from "pino";
import { startGateway, type Gateway, type GatewayRouting } from ".";
import { procedure, procedures } from "./procedures";
import { decodeError, errorCode } from "./wire/errors";
import { encodeFrame, FrameDecoder, messageStatus, messageType, program, type Frame } from "./wire/frame";
import { keepaliveFrame, keepaliveProcedure } from "./wire/keepalive";
import { XdrReader, XdrWriter } from "./wire/xdr";

/** A pool that has no node yet: everything here is between the client and the gateway. */
const emptyPool: GatewayRouting = {
  nodes: () => [],
  nodeOfDomain: () => undefined,
  nodeOfDomainUuid: () => undefined,
  nodeOfVolumePath: () => undefined,
  placeUnknownDomain: () => Promise.reject(new Error("no node")),
  recordDefined: () => Promise.resolve(),
  recordUndefined: () => Promise.resolve(),
  recordStarted: () => Promise.resolve(),
};

const nothing = Buffer.alloc(0);

/** A client that speaks frames. */
class Client {
  readonly #decoder = new FrameDecoder();
  readonly #frames: Frame[] = [];
  #wake: () => void = () => undefined;
  closed = false;

  private constructor(readonly socket: Socket) {
    socket.on("data", (chunk: Buffer) => {
      this.#frames.push(...this.#decoder.push(chunk));
      this.#wake();
    });
    socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
    // A client that the gateway drops sees a reset.
    socket.on("error", () => undefined);
  }

  static async open(gateway: Gateway): Promise<Client> {
    const [address] = gateway.addresses;
    if (address === undefined) throw new Error("the gateway listens nowhere");
    const socket = connect(address.port, address.host);
    await once(socket, "connect");
    return new Client(socket);
  }

  send(frame: Partial<Frame>): void {
    const [header, payload] = encodeFrame({
      program: program.remote,
      version: 1,
      procedure: 0,
      type: messageType.call,
      serial: 1,
      status: messageStatus.ok,
      payload: nothing,
      ...frame,
    });
    this.socket.write(Buffer.concat([header, payload]));
  }

  async next(): Promise<Frame> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame !== undefined) return frame;
      if (this.closed) throw new Error("the gateway closed the connection");
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async call(procedureNumber: number, payload: Buffer = nothing): Promise<Frame> {
    this.send({ procedure: procedureNumber, payload });
    return this.next();
  }

  async open(uri = "qemu:///system"): Promise<Frame> {
    return this.call(procedure.connectOpen, new XdrWriter().uint(1).string(uri).uint(0).take());
  }
}

describe("a client's session", () => {
  let gateway: Gateway;
  const clients: Client[] = [];

  const newClient = async (): Promise<Client> => {
    const client = await Client.open(gateway);
    clients.push(client);
    return client;
  };

  beforeAll(async () => {
    gateway = await startGateway({
      listen: [{ host: "127.0.0.1", port: 0 }],
      routing: emptyPool,
      openLibvirt: () => Promise.reject(new Error("no node")),
      logger: pino({ level: "silent" }),
    });
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.socket.destroy();
  });

  afterAll(() => gateway.close());

  test("opens as libvirt does: authentication none, features, the one driver", async () => {
    const client = await newClient();
    expect((await client.call(procedure.authList)).payload).toEqual(new XdrWriter().uint(1).uint(0).take());
    const keepalive = new XdrWriter().int(10).take();
    const supported = await client.call(procedure.connectSupportsFeature, keepalive);
    expect(new XdrReader(supported.payload).int()).toBe(1);
    expect(await client.open()).toMatchObject({
      status: messageStatus.ok,
      serial: 1,
      type: messageType.reply,
    });
    const uri = new XdrReader((await client.call(procedure.connectGetUri)).payload).string();
    expect(uri).toBe("qemu:///system");
  });

  test("refuses another driver by name", async () => {
    const reply = await (await newClient()).open("xen:///system");
    expect(reply.status).toBe(messageStatus.error);
    expect(decodeError(reply.payload)).toMatchObject({
      code: errorCode.noConnect,
      message: "no connection driver available for xen:///system; the pool offers qemu:///system",
    });
  });

  test("wants to be opened before anything else", async () => {
    const reply = await (await newClient()).call(7);
    expect(decodeError(reply.payload)).toMatchObject({ code: errorCode.invalidConnection });
  });

  test("says of a pool without nodes that it has none", async () => {
    const client = await newClient();
    await client.open();
    expect(decodeError((await client.call(7)).payload).message).toBe("the pool has no node that is ready");
  });

  test("answers every number with a reply, and those that it does not know as unsupported", async () => {
    const client = await newClient();
    await client.open();
    const close = procedure.connectClose as number;
    for (const [number, , route] of procedures.filter(([candidate]) => candidate !== close)) {
      const reply = await client.call(number, Buffer.alloc(200));
      expect(reply).toMatchObject({ type: messageType.reply, procedure: number });
      if (route.kind !== "refused") continue;
      expect(decodeError(reply.payload).code).toBe(errorCode.noSupport);
    }
    expect(decodeError((await client.call(9999)).payload)).toMatchObject({
      code: errorCode.noSupport,
      message: "unknown procedure: 9999",
    });
  });

  test("refuses programs, streams and file descriptors cleanly, and goes on", async () => {
    const client = await newClient();
    await client.open();
    client.send({ program: 0x20008087, procedure: 1 });
    expect(decodeError((await client.next()).payload).message).toMatch(/^Cannot find program/);
    client.send({ type: messageType.stream, procedure: 208, status: messageStatus.continue });
    expect(await client.next()).toMatchObject({ type: messageType.stream, status: messageStatus.error });
    client.send({ type: messageType.callWithDescriptors, procedure: 310 });
    expect(await client.next()).toMatchObject({ type: messageType.reply, status: messageStatus.error });
    expect((await client.call(procedure.connectGetUri)).status).toBe(messageStatus.ok);
  });

  test("answers pings", async () => {
    const client = await newClient();
    client.send(keepaliveFrame(keepaliveProcedure.ping));
    expect(await client.next()).toMatchObject({
      program: program.keepalive,
      procedure: keepaliveProcedure.pong,
      type: messageType.message,
    });
  });

  test("answers arguments that are too short with an error of that call alone", async () => {
    const client = await newClient();
    await client.open();
    const reply = await client.call(procedure.domainLookupByName, new XdrWriter().uint(4000).take());
    expect(decodeError(reply.payload).message).toMatch(/bytes wanted/);
    expect((await client.call(procedure.connectGetUri)).status).toBe(messageStatus.ok);
  });

  test("ends for a client whose bytes are not the protocol, and for no other", async () => {
    const good = await newClient();
    await good.open();
    const bad = await newClient();
    bad.socket.write("GET / HTTP/1.1\r\nHost: pool\r\n\r\n");
    await expect(bad.next()).rejects.toThrow("closed the connection");
    const server = await newClient();
    server.send({ type: messageType.reply });
    await expect(server.next()).rejects.toThrow("closed the connection");
    expect((await good.call(procedure.connectGetUri)).status).toBe(messageStatus.ok);
  });

  test("holds back a client that sends many calls at once, and answers all of them", async () => {
    const client = await newClient();
    await client.open();
    const count = 2_000;
    const frames = Array.from({ length: count }, (_, serial) =>
      Buffer.concat(
        encodeFrame({
          program: program.remote,
          version: 1,
          procedure: procedure.connectGetUri,
          type: messageType.call,
          serial,
          status: messageStatus.ok,
          payload: nothing,
        }),
      ),
    );
    client.socket.write(Buffer.concat(frames));
    const serials = new Set<number>();
    for (let i = 0; i < count; i += 1) serials.add((await client.next()).serial);
    expect(serials.size).toBe(count);
  });

  test("stops reading a client that does not read, and serves the others", async () => {
    const deaf = await newClient();
    await deaf.open();
    deaf.socket.pause();
    const count = 150_000;
    const call = Buffer.concat(
      encodeFrame({
        program: program.remote,
        version: 1,
        procedure: 9_999,
        type: messageType.call,
        serial: 3,
        status: messageStatus.ok,
        payload: Buffer.alloc(200),
      }),
    );
    deaf.socket.write(Buffer.concat(Array.from({ length: count }, () => call)));
    let unsentBytes = Infinity;
    // Wait until nothing moves: the gateway has stopped reading, and its own buffer has stopped growing.
    while (deaf.socket.writableLength < unsentBytes) {
      unsentBytes = deaf.socket.writableLength;
      await delay(500);
    }
    expect(unsentBytes).toBeGreaterThan(count);
    const other = await newClient();
    await other.open();
    expect((await other.call(procedure.connectGetUri)).status).toBe(messageStatus.ok);
    deaf.socket.resume();
    for (let i = 0; i < count; i += 1) await deaf.next();
  }, 60_000);

  test("survives mutated frames: each is answered or ends its own connection within a second", async () => {
    const control = await newClient();
    await control.open();
    const mutation = fc.record({
      procedure: fc.integer({ min: 0, max: 460 }),
      payload: fc.uint8Array({ maxLength: 120 }),
      flips: fc.array(fc.tuple(fc.nat({ max: 150 }), fc.nat({ max: 255 })), { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 10 }), async (mutations) => {
        const client = await newClient();
        client.send({ procedure: procedure.connectOpen, payload: new XdrWriter().uint(0).uint(0).take() });
        for (const { procedure: number, payload, flips } of mutations) {
          const bytes = Buffer.concat(
            encodeFrame({
              program: program.remote,
              version: 1,
              procedure: number,
              type: messageType.call,
              serial: 2,
              status: messageStatus.ok,
              payload: Buffer.from(payload),
            }),
          );
          for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
          client.socket.write(bytes);
        }
        client.socket.end();
        const startedMs = Date.now();
        expect((await control.call(procedure.connectGetUri)).status).toBe(messageStatus.ok);
        expect(Date.now() - startedMs).toBeLessThan(1_000);
        if (!client.closed) await once(client.socket, "close");
      }),
      { numRuns: 200 },
    );
  });
});
