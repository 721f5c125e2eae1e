/** casync and desync list, verify and extract images straight from a node, over HTTP. */
import { digestBytesOf, encodeBatch, encodeChunk, indexImage, IndexBuilder, pushImage } from "@dvce/image";
import { randomBytes } from "node:crypto";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { adminToken, nodeToken, TestPool } from "../agent/pool";
import { imageBytes, writeSparse } from "./images";
import { casync, desync } from "./tools";

jest.setTimeout(120_000);

const bytes = imageBytes();
let pool: TestPool;
let version: string;
let holder: string;
let other: string;

beforeAll(async () => {
  pool = await TestPool.start(["left", "right"]);
  const path = pool.path("image.raw");
  await writeSparse(path, bytes);
  const index = await indexImage(path, { cacheDirectory: pool.path("cache") });
  version = index.version;
  const pushed = await pushImage(pool.admin, { image: "debian", path, index });
  holder = pushed.replicas[0]?.node ?? "";
  other = holder === "left" ? "right" : "left";
});
afterAll(() => pool.close());

/** A node's casync address as a user gives it: the token is the password, since casync sends nothing else. */
function addressOf(node: string, token: string = adminToken): string {
  const url = new URL("/casync", pool.agentUrl(node));
  url.username = "dvce";
  url.password = token;
  return url.href;
}

const same = async (path: string, expected = bytes) => (await readFile(path)).equals(expected);

describe.each(["holder", "other"] as const)("a node (the %s of the image)", (which) => {
  const node = () => (which === "holder" ? holder : other);

  it("lets casync extract the image, byte for byte", async () => {
    const target = pool.path(`${which}-casync.raw`);
    const address = addressOf(node());
    await casync("extract", `--store=${address}/`, `${address}/debian.caibx`, target);
    expect(await same(target)).toBe(true);
  });

  it("lets desync extract and verify the image, byte for byte", async () => {
    const target = pool.path(`${which}-desync.raw`);
    const address = addressOf(node());
    await desync("extract", "-s", address, `${address}/${version}.caibx`, target);
    expect(await same(target)).toBe(true);
    const { blocks } = await stat(target);
    expect(blocks * 512).toBeLessThan(bytes.length);
    await desync("verify-index", `${address}/debian.caibx`, target);
    await writeFile(target, Buffer.concat([Buffer.from("x"), bytes.subarray(1)]));
    await expect(desync("verify-index", `${address}/debian.caibx`, target)).rejects.toThrow();
  });
});

it("lets desync list chunks and copy all of them into a store that verifies", async () => {
  const address = addressOf(holder);
  const listed = await desync("list-chunks", `${address}/debian.caibx`);
  const digests = new Set(listed.trim().split("\n"));
  expect(digests.size).toBeGreaterThan(10);
  const copy = pool.path("copy.castr");
  await mkdir(copy);
  await desync("cache", "-s", address, "-c", copy, `${address}/debian.caibx`);
  await desync("verify", "-s", copy);
  const info = JSON.parse(await desync("info", "--format=json", `${address}/debian.caibx`, "-s", copy)) as {
    total: number;
    "in-store": number;
    size: number;
  };
  expect(info.size).toBe(bytes.length);
  expect(info["in-store"]).toBe(digests.size);
});

it("serves a snapshot, whose extents are parts of chunks, as chunks that both tools extract", async () => {
  const block = 4096;
  const chunks = [
    randomBytes(30 * block),
    randomBytes(50 * block),
    Buffer.alloc(20 * block, "packed blocks "),
  ];
  const parts = [
    [0, 0, 30], // whole
    [1, 0, 20],
    [2, 3, 1], // changed blocks, packed
    [2, 9, 2],
    [1, 23, 27],
    [0, 0, 30],
  ] as const;
  const expected = Buffer.alloc(300 * block + 1);
  const builder = new IndexBuilder(expected.length);
  let at = 7 * block;
  for (const [number, from, blocks] of parts) {
    const chunk = chunks[number];
    if (chunk === undefined) throw new Error("no such chunk");
    const lengthBytes = blocks * block;
    const extent = { offsetBytes: at, offsetInChunk: from * block, lengthBytes };
    builder.add(digestBytesOf(chunk), chunk.length, extent);
    chunk.copy(expected, at, from * block, from * block + lengthBytes);
    at += lengthBytes;
  }
  const index = builder.build();
  const { targets } = await pool.admin.announceVersion("snapshot", index.encode());
  await pool.admin.putChunks(index.version, encodeBatch(chunks.map((chunk) => encodeChunk(chunk))));
  await pool.admin.commitVersion(index.version, "snapshot");
  for (const node of [targets[0] ?? "", targets[0] === "left" ? "right" : "left"]) {
    const address = addressOf(node);
    const [one, two] = [pool.path(`${node}-snapshot-c.raw`), pool.path(`${node}-snapshot-d.raw`)];
    await casync("extract", `--store=${address}/`, `${address}/snapshot.caibx`, one);
    await desync("extract", "-s", address, `${address}/snapshot.caibx`, two);
    expect(await same(one, expected)).toBe(true);
    expect(await same(two, expected)).toBe(true);
  }
});

it("takes bearer tokens too, and answers HEAD, and what does not exist, as HTTP does", async () => {
  const url = `${pool.agentUrl(holder)}/casync`;
  const ask = (path: string, token: string, method = "GET") =>
    fetch(`${url}/${path}`, { method, headers: { authorization: `Bearer ${token}` } });
  const digest = (await desync("list-chunks", `${addressOf(holder)}/debian.caibx`)).slice(0, 64);
  const chunk = `${digest.slice(0, 4)}/${digest}.cacnk`;
  for (const token of [nodeToken, adminToken]) {
    expect((await ask(chunk, token)).status).toBe(200);
    expect((await ask(chunk, token, "HEAD")).status).toBe(200);
    expect((await ask("debian.caibx", token, "HEAD")).status).toBe(200);
  }
  const unknown = "0".repeat(64);
  for (const method of ["GET", "HEAD"]) {
    expect((await ask(`0000/${unknown}.cacnk`, nodeToken, method)).status).toBe(404);
    expect((await ask("nothing.caibx", nodeToken, method)).status).toBe(404);
    expect((await ask(`0000/${digest}.cacnk`, nodeToken, method)).status).toBe(400);
    expect((await ask("../v1/versions", nodeToken, method)).status).toBe(404);
  }
});

it("gives images to nobody whose role may not have them", async () => {
  const url = `${pool.agentUrl(holder)}/casync/debian.caibx`;
  const status = async (authorization: string) => (await fetch(url, { headers: { authorization } })).status;
  const basic = (token: string) => `Basic ${Buffer.from(`x:${token}`).toString("base64")}`;
  expect(await status(basic(adminToken))).toBe(200);
  expect(await status(basic("wrong"))).toBe(401);
  expect(await status("Bearer wrong")).toBe(401);
  expect(await status(basic("token-of-a-viewer"))).toBe(403);
  // Elsewhere the node takes its pool's token only, and only as a bearer token.
  const volumes = (authorization: string) =>
    fetch(`${pool.agentUrl(holder)}/v1/volumes`, { headers: { authorization } }).then(({ status }) => status);
  expect(await volumes(`Bearer ${adminToken}`)).toBe(401);
  expect(await volumes(basic(nodeToken))).toBe(401);
  expect(await volumes(`Bearer ${nodeToken}`)).toBe(200);
});

describe("a node that serves wrong bytes", () => {
  let liar: Server;
  let address: string;

  /** Passes everything on, but gives one chunk's frame for another's. */
  beforeAll(async () => {
    const listed = (await desync("list-chunks", `${addressOf(holder)}/debian.caibx`)).trim().split("\n");
    const [victim, instead] = [...new Set(listed)].slice(-2);
    if (victim === undefined || instead === undefined) throw new Error("too few chunks");
    liar = createServer((request, response) => {
      const asked = request.url ?? "";
      const path = asked.includes(`${victim}.cacnk`)
        ? `/casync/${instead.slice(0, 4)}/${instead}.cacnk`
        : asked;
      void fetch(new URL(path, pool.agentUrl(holder)), { headers: { authorization: `Bearer ${nodeToken}` } })
        .then(async (answer) =>
          response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer())),
        )
        .catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(liar.address() as AddressInfo).port}/casync`;
  });
  afterAll(async () => {
    liar.closeAllConnections();
    await new Promise((resolve) => liar.close(resolve));
  });

  it("is found out by both tools", async () => {
    await expect(
      casync("extract", `--store=${address}/`, `${address}/debian.caibx`, pool.path("lied-c.raw")),
    ).rejects.toThrow();
    await expect(
      desync("extract", "-s", address, `${address}/debian.caibx`, pool.path("lied-d.raw")),
    ).rejects.toThrow(/does not match|invalid/i);
  });
});
