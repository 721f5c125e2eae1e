/**
 * The peers of this benchmark, each a process:
 *
 *     plain.cjs serve ADDRESS RAW CHUNKS INDEX    serves /raw, the image's data as one file, /chunk/<i>, one encoded chunk, and
 *                                                 /chunks, all of them as one file
 *     plain.cjs raw URL FILE                      downloads /raw into a file
 *     plain.cjs chunks URL INDEX                  GETs every chunk, eight at a time over kept connections, and verifies each
 *     plain.cjs floor URL                         downloads /chunks, verifies each on the same thread, and keeps nothing
 *
 * INDEX is the version's index; CHUNKS holds the chunks' batch records one after the other, in the order of the index. The clients
 * print the seconds that they took, and those that processors worked for them.
 */
import { decodeChunk, ImageIndex, verifyChunk, type EncodedChunk } from "@dvce/image";
import { createReadStream, createWriteStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { Agent, createServer, get, type IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";

const port = 7900;
const recordHeaderBytes = 44;
/** Requests at a time, as many as desync makes by default on few cores. */
const getsAtATime = 8;

async function serve(address: string, raw: string, chunks: string, indexPath: string): Promise<void> {
  const { chunkCount } = ImageIndex.decode(await readFile(indexPath));
  const file = await open(chunks);
  const offsets: number[] = [];
  const header = Buffer.alloc(recordHeaderBytes);
  let at = 0;
  for (let i = 0; i < chunkCount; i++) {
    offsets.push(at);
    await file.read(header, 0, header.length, at);
    at += recordHeaderBytes + header.readUInt32LE(8);
  }
  offsets.push(at);
  const server = createServer((request, response) => {
    const chunk = /^\/chunk\/(\d+)$/.exec(request.url ?? "")?.[1];
    if (request.url === "/raw" || request.url === "/chunks") {
      const path = request.url === "/raw" ? raw : chunks;
      createReadStream(path, { highWaterMark: 1024 * 1024 }).pipe(response);
    } else if (chunk === undefined) response.writeHead(404).end();
    else {
      const start = offsets[Number(chunk)] ?? 0;
      const bytes = Buffer.allocUnsafeSlow((offsets[Number(chunk) + 1] ?? start) - start);
      void file.read(bytes, 0, bytes.length, start).then(() => response.end(bytes));
    }
  });
  await new Promise<void>((resolve) => server.listen(port, address, resolve));
  process.stdout.write(`${JSON.stringify({ url: `http://${address}:${port}` })}\n`);
}

async function downloadRaw(url: string, path: string): Promise<void> {
  await pipeline(await request(`${url}/raw`), createWriteStream(path, { highWaterMark: 1024 * 1024 }));
}

async function getChunks(url: string, indexPath: string): Promise<void> {
  const index = ImageIndex.decode(await readFile(indexPath));
  const agent = new Agent({ keepAlive: true, maxSockets: getsAtATime });
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < index.chunkCount; i = next++) {
      const parts: Buffer[] = [];
      for await (const part of await request(`${url}/chunk/${i}`, agent)) parts.push(part as Buffer);
      decodeChunk(parseRecord(Buffer.concat(parts), index.chunkDigest(i)));
    }
  };
  await Promise.all(Array.from({ length: getsAtATime }, work));
  agent.destroy();
}

/** What no way of fetching and verifying the same bytes can do without. */
async function verifyStream(url: string): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of await request(`${url}/chunks`)) {
    const bytes = rest.length === 0 ? (piece as Buffer) : Buffer.concat([rest, piece as Buffer]);
    let at = 0;
    while (bytes.length - at >= recordHeaderBytes) {
      const end = at + recordHeaderBytes + bytes.readUInt32LE(at + 8);
      if (end > bytes.length) break;
      const digest = bytes.toString("hex", at + 12, at + recordHeaderBytes);
      verifyChunk(parseRecord(bytes.subarray(at, end), digest));
      at = end;
    }
    rest = bytes.subarray(at);
  }
}

function parseRecord(record: Buffer, digest: string): EncodedChunk {
  const codec = record.readUInt8(0) === 1 ? "raw" : "zstd";
  return { digest, codec, sizeBytes: record.readUInt32LE(4), payload: record.subarray(recordHeaderBytes) };
}

function request(url: string, agent?: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, agent === undefined ? {} : { agent }, resolve).once("error", reject);
  });
}

async function main([
  mode,
  first = "",
  second = "",
  third = "",
  fourth = "",
]: readonly string[]): Promise<void> {
  if (mode === "serve") return serve(first, second, third, fourth);
  const startMs = performance.now();
  const startUsage = process.cpuUsage();
  if (mode === "raw") await downloadRaw(first, second);
  else if (mode === "chunks") await getChunks(first, second);
  else await verifyStream(first);
  const { user, system } = process.cpuUsage(startUsage);
  const seconds = (performance.now() - startMs) / 1000;
  process.stdout.write(`${JSON.stringify({ seconds, processorSeconds: (user + system) / 1e6 })}\n`);
}

process.once("SIGTERM", () => process.exit(0));
main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
