/**
 * A process that reads an export at random and prints how long that took: 4 KiB at given offsets, so many at a time.
 * The same for every server; speaks NBD by itself, so that nothing of ours or of a peer's client library is measured.
 *
 *     client.cjs SOCKET EXPORT DEPTH OFFSETS.json   prints {"seconds", "p50Us", "p99Us"}
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import {
  greetingMagic,
  option,
  optionMagic,
  optionReply,
  requestMagic,
  requestSizeBytes,
  simpleReplyMagic,
} from "../../service/src/nbd/protocol";

const readBytes = 4096;
const replyBytes = 16 + readBytes;

const [socketPath = "", exportName = "", depthText = "", offsetsPath = ""] = process.argv.slice(2);
const depth = Number(depthText);
const offsets = JSON.parse(readFileSync(offsetsPath, "utf8")) as number[];

const startedMs = new Float64Array(offsets.length);
const tookMs = new Float64Array(offsets.length);
const reply = Buffer.alloc(replyBytes);
let replyFilled = 0;
let sent = 0;
let done = 0;
let beganMs = 0;

let handshake = Buffer.alloc(0);
let isReady = false;
const socket = connect(socketPath);
socket.on("error", (error) => fail(error.message));
socket.on("data", (data) => {
  if (isReady) return take(data);
  handshake = Buffer.concat([handshake, data]);
  goOn();
});

function goOn(): void {
  if (handshake.length < 18) return;
  if (sent === 0 && handshake.subarray(0, 8).equals(greetingMagic)) {
    handshake = handshake.subarray(18);
    socket.write(goOption());
  }
  while (handshake.length >= 20) {
    const type = handshake.readUInt32BE(12);
    const length = handshake.readUInt32BE(16);
    if (handshake.length < 20 + length) return;
    handshake = handshake.subarray(20 + length);
    if (type > 2 ** 31) return fail(`the server refused the export: ${type}`);
    if (type !== optionReply.ack) continue;
    isReady = true;
    beganMs = performance.now();
    request(depth);
    return;
  }
}

/** Client flags and a GO option without information requests: simple replies. */
function goOption(): Buffer {
  const name = Buffer.from(exportName, "utf8");
  const bytes = Buffer.alloc(4 + 16 + 4 + name.length + 2);
  bytes.writeUInt32BE(3, 0);
  optionMagic.copy(bytes, 4);
  bytes.writeUInt32BE(option.go, 12);
  bytes.writeUInt32BE(4 + name.length + 2, 16);
  bytes.writeUInt32BE(name.length, 20);
  name.copy(bytes, 24);
  return bytes;
}

function request(count: number): void {
  const now = performance.now();
  const number = Math.min(count, offsets.length - sent);
  if (number === 0) return;
  const bytes = Buffer.alloc(number * requestSizeBytes);
  for (let i = 0; i < number; i++, sent++) {
    const at = i * requestSizeBytes;
    bytes.writeUInt32BE(requestMagic, at);
    bytes.writeUInt32BE(sent, at + 12);
    bytes.writeBigUInt64BE(BigInt(offsets[sent] ?? 0), at + 16);
    bytes.writeUInt32BE(readBytes, at + 24);
    startedMs[sent] = now;
  }
  socket.write(bytes);
}

function take(data: Buffer): void {
  let answered = 0;
  for (let at = 0; at < data.length;) {
    const taken = Math.min(replyBytes - replyFilled, data.length - at);
    data.copy(reply, replyFilled, at, at + taken);
    replyFilled += taken;
    at += taken;
    if (replyFilled < replyBytes) break;
    replyFilled = 0;
    if (reply.readUInt32BE(0) !== simpleReplyMagic || reply.readUInt32BE(4) !== 0)
      return fail("a read failed");
    const number = reply.readUInt32BE(12);
    tookMs[number] = performance.now() - (startedMs[number] ?? 0);
    answered++;
  }
  done += answered;
  if (done === offsets.length) return finish();
  if (answered > 0) request(answered);
}

function finish(): void {
  const seconds = (performance.now() - beganMs) / 1000;
  const sorted = tookMs.sort();
  const percentileUs = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0) * 1000;
  process.stdout.write(JSON.stringify({ seconds, p50Us: percentileUs(0.5), p99Us: percentileUs(0.99) }));
  socket.destroy();
}

function fail(why: string): void {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}
