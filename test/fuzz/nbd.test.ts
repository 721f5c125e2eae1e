/**
 * Mutated NBD handshakes and requests, sixteen a connection. Whatever comes, the server ends the connection when its
 * client does, sends nothing that is no reply, and never another place's bytes.
 */
import { Duplex } from "node:stream";
import type { NbdExport, NbdExtent } from "../../service/src/nbd/export";
import {
  chunkType,
  command,
  commandFlag,
  greetingMagic,
  option,
  optionMagic,
  optionReply,
  optionReplyMagic,
  requestMagic,
  requestSizeBytes,
  simpleReplyMagic,
  structuredReplyMagic,
} from "../../service/src/nbd/protocol";
import { serveConnection } from "../../service/src/nbd/server";
import { fuzz } from "./support/fuzz";
import { mutate } from "./support/mutate";
import { Random } from "../support/random";

const inputsEach = 16;
const hangMsMax = 20_000;
const holeStart = 512 * 1024;
const holeEnd = 768 * 1024;
const data = Buffer.from(Array.from({ length: 1024 * 1024 + 512 }, (_, i) => (i * 7 + (i >> 8)) & 0xff));
data.fill(0, holeStart, holeEnd);
jest.setTimeout(600_000);

/** Reads that begin in an even block are answered at once, others later. */
class Disk implements NbdExport {
  readonly sizeBytes = data.length;
  readNow(offsetBytes: number, target: Buffer): boolean {
    if ((offsetBytes >> 12) % 2 === 1) return false;
    this.fill(offsetBytes, target);
    return true;
  }
  async read(offsetBytes: number, target: Buffer): Promise<void> {
    await Promise.resolve();
    this.fill(offsetBytes, target);
  }
  *extents(offsetBytes: number, lengthBytes: number): Generator<NbdExtent> {
    const end = offsetBytes + lengthBytes;
    for (let at = offsetBytes; at < end;) {
      const hole = at >= holeStart && at < holeEnd;
      const stop = Math.min(end, at < holeStart ? holeStart : at < holeEnd ? holeEnd : end);
      yield { offsetBytes: at, lengthBytes: stop - at, hole };
      at = stop;
    }
  }
  protected fill(offsetBytes: number, target: Buffer): void {
    if (offsetBytes + target.length > data.length) throw new Error("a read behind the end reached the disk");
    data.copy(target, 0, offsetBytes);
  }
}

function optionBytes(kind: number, ...parts: Buffer[]): Buffer {
  const payload = Buffer.concat(parts);
  const header = Buffer.alloc(16);
  optionMagic.copy(header);
  header.writeUInt32BE(kind, 8);
  header.writeUInt32BE(payload.length, 12);
  return Buffer.concat([header, payload]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const name = Buffer.concat([u32(4), Buffer.from("disk")]);
const context = Buffer.from("base:allocation");
const structured = optionBytes(option.structuredReply);
const setContext = optionBytes(option.setMetaContext, name, u32(1), u32(context.length), context);
const go = optionBytes(option.go, name, Buffer.from([0, 1, 0, 3]));
const options: readonly [Buffer, ...Buffer[]] = [
  optionBytes(option.list),
  optionBytes(option.info, name, Buffer.from([0, 2, 0, 1, 0, 3])),
  optionBytes(option.listMetaContext, name, u32(0)),
  optionBytes(option.startTls),
  setContext,
  structured,
  go,
  optionBytes(option.exportName, Buffer.from("disk")),
];

function request(random: Random): Buffer {
  const bytes = Buffer.alloc(requestSizeBytes);
  bytes.writeUInt32BE(requestMagic, 0);
  bytes.writeUInt16BE(random.pick([0, 0, commandFlag.dontFragment, commandFlag.requestOne]), 4);
  const kind = random.pick([command.read, command.read, command.blockStatus, command.flush, command.trim]);
  bytes.writeUInt16BE(kind, 6);
  bytes.writeUInt32BE(random.uint32(), 12);
  bytes.writeUInt32BE(random.below(data.length), 20);
  bytes.writeUInt32BE(random.below(random.pick([8192, 300_000])), 24);
  return bytes;
}

/** A mutated request, mostly one that can still be read as a request. */
function mutatedRequest(random: Random): Buffer {
  const mutated = mutate(random, request(random));
  if (random.below(8) === 0) return mutated;
  const framed = Buffer.alloc(requestSizeBytes);
  mutated.copy(framed);
  framed.writeUInt32BE(requestMagic, 0);
  // Only a write has a payload; one that does not come swallows all that follows.
  if (framed.readUInt16BE(6) === command.write && random.below(8) > 0) framed.writeUInt16BE(command.read, 6);
  return framed;
}

/** What one client says: sixteen mutated options or requests, after as much of a valid handshake as they need. */
function conversation(random: Random): Buffer {
  const flags = u32(3);
  const mutated = (one: (random: Random) => Buffer) => Array.from({ length: inputsEach }, () => one(random));
  if (random.below(3) === 0) {
    const all = mutated((r) => mutate(r, r.pick(options), r.pick(options)));
    return Buffer.concat([random.below(16) === 0 ? mutate(random, flags) : flags, ...all]);
  }
  const handshake = random.below(4) === 0 ? [structured, go] : [structured, setContext, go];
  return Buffer.concat([flags, ...handshake, ...mutated(mutatedRequest)]);
}

/** Says it in pieces, ends, and answers all that the server said. Rejects when the server does not end. */
async function talk(random: Random, disk: NbdExport, said: Buffer): Promise<Buffer> {
  const [client, server] = pair(random);
  const heard: Buffer[] = [];
  client.on("data", (bytes: Buffer) => heard.push(bytes));
  client.on("error", () => undefined);
  const exports = {
    names: async () => ["disk"],
    open: async (wanted: string) => (wanted === "disk" ? disk : undefined),
  };
  const served = serveConnection(server, { exports });
  const ended = new Promise<void>((resolve) => server.once("close", resolve));
  sayInPieces(random, client, said);
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("the connection hangs")), hangMsMax);
  });
  try {
    await Promise.race([Promise.all([served, ended]), hang]);
  } finally {
    clearTimeout(timer);
    client.destroy();
    server.destroy();
  }
  return Buffer.concat(heard);
}

/** Two ends of a connection. As a socket's, a write is done when its bytes were copied, sometimes later. */
function pair(random: Random): readonly [Duplex, Duplex] {
  const end = (other: () => Duplex): Duplex =>
    new Duplex({
      allowHalfOpen: true,
      read: () => undefined,
      write(bytes: Buffer, _encoding, done) {
        other().push(Buffer.from(bytes));
        if (random.below(4) === 0) setImmediate(done);
        else done();
      },
      final(done) {
        other().push(null);
        done();
      },
    });
  const left: Duplex = end(() => right);
  const right: Duplex = end(() => left);
  return [left, right];
}

function sayInPieces(random: Random, client: Duplex, said: Buffer): void {
  for (let at = 0; at < said.length;) {
    const end = random.below(4) === 0 ? at + 1 + random.below(64) : said.length;
    client.write(said.subarray(at, end));
    at = end;
  }
  client.end();
}

/** Checks every reply. Throws at the first that is none, or that gives other bytes than the disk's. */
function check(heard: Buffer): void {
  if (!heard.subarray(0, 8).equals(greetingMagic)) throw new Error("no greeting");
  let at = 18;
  let inTransmission = false;
  while (at < heard.length) {
    if (!inTransmission) {
      const isReply = heard.length - at >= 20 && heard.readBigUInt64BE(at) === optionReplyMagic;
      if (!isReply) {
        // EXPORT_NAME is answered by the disk's size alone, and requests behind it by simple replies of unknown length.
        if (heard.length - at >= 10 && heard.readBigUInt64BE(at) === BigInt(data.length)) return;
        throw new Error(`no option reply at ${at}`);
      }
      const isGo =
        heard.readUInt32BE(at + 8) === option.go && heard.readUInt32BE(at + 12) === optionReply.ack;
      at += 20 + heard.readUInt32BE(at + 16);
      inTransmission = isGo;
      continue;
    }
    const magic = heard.readUInt32BE(at);
    if (magic === simpleReplyMagic) {
      // A client that never asked for structured replies gets its data without a length: only its magic can be checked.
      if (heard.readUInt32BE(at + 4) === 0 && !heard.includes(structuredReplyBytes)) return;
      at += 16;
      continue;
    }
    if (magic !== structuredReplyMagic) throw new Error(`no reply at ${at}`);
    const type = heard.readUInt16BE(at + 6);
    const length = heard.readUInt32BE(at + 16);
    const payload = heard.subarray(at + 20, at + 20 + length);
    if (payload.length !== length) throw new Error(`half a reply at ${at}`);
    if (type === chunkType.offsetData) {
      const from = Number(payload.readBigUInt64BE(0));
      if (payload.compare(data, from, from + length - 8, 8) !== 0) throw new Error(`wrong bytes of ${from}`);
    }
    at += 20 + length;
  }
}
const structuredReplyBytes = u32(structuredReplyMagic);

const attempt = (disk: NbdExport) => async (random: Random) =>
  check(await talk(random, disk, conversation(random)));

it("survives mutated handshakes and requests", async () => {
  await fuzz({ suite: "NBD", inputs: Math.ceil(100_000 / inputsEach), attempt: attempt(new Disk()) });
});

it("would notice wrong bytes, and a read that is never answered", async () => {
  class Wrong extends Disk {
    protected override fill(offsetBytes: number, target: Buffer): void {
      data.copy(target, 0, offsetBytes > 4096 ? offsetBytes - 1 : offsetBytes);
    }
  }
  const wrong = fuzz({ suite: "NBD with wrong bytes", inputs: 500, attempt: attempt(new Wrong()) });
  await expect(wrong).rejects.toThrow(/wrong bytes/);
  class Silent extends Disk {
    override read(): Promise<void> {
      return new Promise(() => undefined);
    }
  }
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask"] });
  try {
    const silent = fuzz({ suite: "NBD that does not answer", inputs: 500, attempt: attempt(new Silent()) });
    const caught = expect(silent).rejects.toThrow(/hangs/);
    let done = false;
    void caught.finally(() => (done = true));
    while (!done) {
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
      jest.advanceTimersByTime(hangMsMax);
    }
    await caught;
  } finally {
    jest.useRealTimers();
  }
});
