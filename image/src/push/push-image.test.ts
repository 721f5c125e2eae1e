import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ControllerClient } from "@dvce/api";
import { decodeBatch } from "../batch/decode";
import { ChunkBitmap } from "../bitmap/bitmap";
import { decodeChunk } from "../codec/codec";
import { ImageIndex } from "../index/image-index";
import { indexImage } from "../memo/index-image";
import { pushImage } from "./push-image";

jest.setTimeout(30_000);

let directory: string;
let path: string;
let server: Server;
let client: ControllerClient;
/** What the pool holds, and what it was asked. */
const held = new Map<string, Buffer>();
const calls: string[] = [];
let index: ImageIndex | undefined;
let failures: number;
let refused: boolean;

/** The three calls of a push, as a controller with one node answers them. */
function controller(method: string, body: Buffer, url: string): { status: number; json: unknown } {
  calls.push(`${method} ${url.replace(/[0-9a-f]{64}/, "VERSION")}`);
  if (method === "PUT" && refused) {
    const error = { code: "DVCE_STORE_FULL", message: "n1 is full", retryable: false };
    return { status: 507, json: { error } };
  }
  if (method === "PUT" && failures-- > 0) {
    const error = { code: "DVCE_NODE_UNREACHABLE", message: "n1 does not answer", retryable: true };
    return { status: 503, json: { error } };
  }
  if (method === "PUT") {
    const chunks = decodeBatch(body);
    for (const chunk of chunks) held.set(chunk.digest, decodeChunk(chunk));
    return { status: 200, json: { stored: chunks.length } };
  }
  if (url.startsWith("/v1/versions?")) index = ImageIndex.decode(body);
  if (index === undefined) throw new Error("commit before announce");
  const missing = new ChunkBitmap(index.chunkCount);
  index.chunks.forEach(({ digest }, i) => !held.has(digest) && missing.set(i));
  const version = {
    version: index.version,
    image: "disk",
    state: missing.count() === 0 ? "complete" : "announced",
    sizeBytes: index.sizeBytes,
    dataBytes: index.dataBytes,
    chunkCount: index.chunkCount,
    createdAt: "2026-01-01T00:00:00Z",
    replicas: [],
    lostChunks: [],
  };
  return { status: 200, json: { ...version, targets: ["n1"], missing: missing.toBase64() } };
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "dvce-push-"));
  path = join(directory, "disk.raw");
  const disk = Buffer.concat([randomBytes(3_000_000), Buffer.alloc(1_000_000), randomBytes(6_000_000)]);
  disk.copy(disk, 8_000_000, 0, 500_000);
  disk.fill(0, 446, 510).writeUInt16BE(0x55aa, 510);
  await writeFile(path, disk);
  held.clear();
  calls.length = 0;
  failures = 0;
  refused = false;
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { status, json } = controller(request.method ?? "", Buffer.concat(parts), request.url ?? "");
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(json));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  client = new ControllerClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: "t",
  });
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

const options = async () => ({
  image: "disk",
  path,
  index: await indexImage(path, { cacheDirectory: directory }),
  retryPauseMs: 1,
});

it("sends every chunk once and commits; a second push sends nothing", async () => {
  const progress: number[] = [];
  const push = {
    ...(await options()),
    onProgress: (p: { sentBytes: number }) => void progress.push(p.sentBytes),
  };
  expect(await pushImage(client, push)).toMatchObject({ state: "complete", version: push.index.version });
  const disk = await readFile(path);
  for (const extent of push.index.extents(0, push.index.sizeBytes)) {
    const chunk = push.index.chunks[extent.chunk];
    if (chunk === undefined) continue;
    const bytes = disk.subarray(extent.offsetBytes, extent.offsetBytes + extent.lengthBytes);
    expect(held.get(chunk.digest)?.equals(bytes)).toBe(true);
  }
  expect(calls[0]).toBe("POST /v1/versions?image=disk");
  expect(calls.filter((call) => call.startsWith("PUT")).length).toBeGreaterThanOrEqual(2);
  expect(calls.at(-1)).toBe("POST /v1/versions/VERSION/commit");
  expect(progress[0]).toBe(0);
  expect(progress.at(-1)).toBe(push.index.dataBytes);

  calls.length = 0;
  await pushImage(client, push);
  expect(calls).toEqual(["POST /v1/versions?image=disk", "POST /v1/versions/VERSION/commit"]);
});

it("resumes: sends only what the pool lacks", async () => {
  const push = await options();
  await pushImage(client, push);
  const [gone] = push.index.chunks;
  held.delete(gone?.digest ?? "");
  calls.length = 0;
  const progress: number[] = [];
  await pushImage(client, { ...push, onProgress: ({ sentBytes }) => void progress.push(sentBytes) });
  expect(calls.filter((call) => call.startsWith("PUT"))).toHaveLength(1);
  expect(progress[0]).toBe(push.index.dataBytes - (gone?.sizeBytes ?? 0));
});

it("ends with a target's refusal, whenever that came, and commits nothing", async () => {
  const push = await options();
  refused = true;
  await expect(pushImage(client, push)).rejects.toMatchObject({ code: "DVCE_STORE_FULL" });
  expect(calls.filter((call) => call.endsWith("commit"))).toHaveLength(0);
});

it("tries again while a node is away, and gives up after five tries", async () => {
  const push = await options();
  failures = 3;
  expect(await pushImage(client, push)).toMatchObject({ state: "complete" });
  held.clear();
  failures = 1000;
  calls.length = 0;
  await expect(pushImage(client, push)).rejects.toMatchObject({ code: "DVCE_NODE_UNREACHABLE" });
  expect(calls.filter((call) => call.endsWith("commit"))).toHaveLength(0);
});

it("commits nothing of a file that changed after its index was made", async () => {
  const push = await options();
  const disk = await readFile(path);
  await writeFile(path, disk.fill(7, 5_000_000, 5_000_100));
  await expect(pushImage(client, push)).rejects.toMatchObject({ code: "DVCE_IMAGE_CHANGED" });
  expect(calls.filter((call) => call.endsWith("commit"))).toHaveLength(0);
});
