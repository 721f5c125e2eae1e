import { ControllerClient } from "@dvce/api";
import { encodeBatch, encodeChunk, ChunkBitmap, indexMessageSizeBytesMax } from "@dvce/image";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import http from "node:http";
import net from "node:net";
import { json } from "node:stream/consumers";
import { promisify } from "node:util";
import { openLibvirtTunnel } from "../../service/src/agent-link/libvirt-tunnel";
import { adminToken, nodeToken, sampleImage, TestPool } from "./pool";

const run = promisify(execFile);
jest.setTimeout(60_000);

describe("two agents under a controller", () => {
  const image = sampleImage();
  const { version } = image.index;
  let pool: TestPool;
  let source: string;
  let other: string;

  beforeAll(async () => {
    pool = await TestPool.start(["left", "right"]);
    const targets = await pool.push(image);
    expect(targets).toHaveLength(1);
    source = targets[0] ?? "";
    other = source === "left" ? "right" : "left";
  });
  afterAll(() => pool.close());

  const inventory = async (node: string) =>
    ChunkBitmap.fromBase64((await pool.agent(node).getInventory(version)).bitmap, image.index.chunkCount);
  const readExport = (node: string, at: number, length: number) =>
    run("qemu-io", ["-r", "-f", "raw", "-c", `read -v ${at} ${length}`, pool.exportOf(node, version)]);

  it("lets a node that has nothing read a version, fetching only the chunks that are read", async () => {
    await pool.until(() =>
      inventory(other).then(
        () => true,
        () => false,
      ),
    );
    expect((await inventory(other)).count()).toBe(0);
    await readExport(other, 4 * 131072 + 512, 512);
    await pool.until(async () => (await inventory(other)).count() > 0);
    const bitmap = await inventory(other);
    expect(bitmap.count()).toBe(1);
    expect(bitmap.has(4)).toBe(true);
  });

  it("tells the controller what it has fetched, so that it serves others", async () => {
    await pool.until(async () => {
      const { sources } = await pool.admin.getVersionSources(version).catch(() => ({ sources: [] }));
      const mine = sources.find(({ node }) => node === other);
      return mine !== undefined && ChunkBitmap.fromBase64(mine.bitmap, image.index.chunkCount).has(4);
    });
  });

  it("waits while the source is away, and reads on when it is back", async () => {
    await pool.stopAgent(source);
    let done = false;
    const reading = readExport(other, 6 * 131072, 4096).finally(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(done).toBe(false);
    await pool.startAgent(source);
    await reading;
  });

  it("has its chunks and versions again after a restart, without the controller", async () => {
    await pool.stopAgent(source);
    await pool.stopController();
    await pool.startAgent(source);
    expect((await inventory(source)).count()).toBe(image.index.chunkCount);
    const copy = pool.path("source.raw");
    await run("qemu-img", ["convert", "-f", "raw", "-O", "raw", pool.exportOf(source, version), copy]);
    expect((await readFile(copy)).equals(image.bytes)).toBe(true);
  });

  it("goes on under a controller that was restarted and knows nothing of it", async () => {
    await pool.startController();
    const copy = pool.path("other.raw");
    await run("qemu-img", ["convert", "-f", "raw", "-O", "raw", pool.exportOf(other, version), copy]);
    expect((await readFile(copy)).equals(image.bytes)).toBe(true);
    await pool.until(async () => (await inventory(other)).count() === image.index.chunkCount);
    await pool.until(async () =>
      (await pool.admin.getVersion(version)).replicas.every(
        ({ presentBytes }) => presentBytes === image.index.dataBytes,
      ),
    );
  });

  it("registers again when another registration took its name", async () => {
    const registration = (await pool.admin.listNodes()).find(({ name }) => name === other);
    if (registration === undefined) throw new Error("the node is not listed");
    const { agentUrl, architecture, domainType, labels, capacity, linkBytesPerSecond } = registration;
    const elsewhere = {
      agentUrl: "http://127.0.0.1:9",
      architecture,
      domainType,
      labels,
      capacity,
      linkBytesPerSecond,
    };
    const node = new ControllerClient({ url: pool.controllerUrl, token: nodeToken });
    await node.registerNode(other, elsewhere);
    await pool.until(async () =>
      (await pool.admin.listNodes()).some((node) => node.name === other && node.agentUrl === agentUrl),
    );
  });

  it("keeps nothing of a batch in which one chunk is not what its digest says", async () => {
    const good = encodeChunk(Buffer.from("good"));
    const forged = { ...encodeChunk(Buffer.from("evil")), digest: encodeChunk(Buffer.from("other")).digest };
    await expect(pool.agent(other).putChunks(encodeBatch([good, forged]))).rejects.toMatchObject({
      code: "DVCE_CHUNK_CORRUPT",
    });
    await expect(pool.agent(other).putChunks(Buffer.from("no batch"))).rejects.toMatchObject({
      code: "DVCE_BATCH_INVALID",
    });
    const parts: Buffer[] = [];
    for await (const part of await pool.agent(other).fetchChunks([good.digest, forged.digest]))
      parts.push(Buffer.from(part));
    expect(Buffer.concat(parts).equals(encodeBatch([]))).toBe(true);
  });

  it("refuses whoever does not have the node token", async () => {
    await expect(pool.agent(other, "wrong").listVolumes()).rejects.toMatchObject({
      code: "DVCE_UNAUTHENTICATED",
    });
    const tunnel = { agentUrl: pool.agentUrl(other), nodeToken: "wrong", readonly: false };
    await expect(openLibvirtTunnel(tunnel)).rejects.toMatchObject({ code: "DVCE_UNAUTHENTICATED" });
  });

  it.each([false, true])("tunnels bytes to libvirt's socket (readonly %s)", async (readonly) => {
    const tunnel = { agentUrl: pool.agentUrl(other), nodeToken, readonly };
    await expect(openLibvirtTunnel(tunnel)).rejects.toMatchObject({ code: "DVCE_NODE_UNREACHABLE" });
    const libvirt = net.createServer((socket) => socket.pipe(socket));
    await new Promise<void>((resolve) => {
      libvirt.listen(pool.path(other, readonly ? "libvirt-sock-ro" : "libvirt-sock"), resolve);
    });
    const socket = await openLibvirtTunnel(tunnel);
    const sent = Buffer.alloc(300_000, "libvirt");
    socket.write(sent);
    let received = Buffer.alloc(0);
    for await (const part of socket) {
      received = Buffer.concat([received, part as Buffer]);
      if (received.length === sent.length) break;
    }
    expect(received.equals(sent)).toBe(true);
    socket.destroy();
    await new Promise((resolve) => libvirt.close(resolve));
  });

  it("refuses indexes beyond the bound before they are sent, as the controller does", async () => {
    const refusal = (method: string, url: string, token: string) =>
      new Promise<unknown>((resolve, reject) => {
        const headers = {
          authorization: `Bearer ${token}`,
          "content-type": "application/octet-stream",
          "content-length": indexMessageSizeBytesMax + 1,
        };
        const request = http.request(url, { method, headers }, (response) => {
          json(response).then((body) => resolve([response.statusCode, body]), reject);
        });
        request.on("error", reject);
        request.flushHeaders(); // and not a byte of the body
      });
    const expected = [413, { error: expect.objectContaining({ code: "DVCE_BODY_TOO_LARGE" }) as unknown }];
    const { controllerUrl } = pool;
    expect(await refusal("POST", `${controllerUrl}/v1/versions?image=x`, adminToken)).toEqual(expected);
    const ofAgent = `${pool.agentUrl(other)}/v1/versions/${version}`;
    expect(await refusal("PUT", ofAgent, nodeToken)).toEqual(expected);
  });

  it("answers the end of a console log, and nothing for a domain without one", async () => {
    await writeFile(pool.path(other, "data", "consoles", "web-0.log"), "booting\nweb-0 login: ");
    expect(await pool.agent(other).getConsole("web-0", 7)).toEqual({ text: "login: ", totalBytes: 21 });
    expect(await pool.agent(other).getConsole("web-1", 100)).toEqual({ text: "", totalBytes: 0 });
    await expect(pool.agent(other).getConsole("../tokens", 100)).rejects.toMatchObject({
      code: "DVCE_INPUT_INVALID",
    });
  });

  it("forgets a version that the pool has dropped", async () => {
    await pool.admin.deleteImage("sample");
    await pool.until(() =>
      inventory(other).then(
        () => false,
        (error: { code: string }) => error.code === "DVCE_VERSION_NOT_FOUND",
      ),
    );
    await expect(run("qemu-img", ["info", pool.exportOf(other, version)])).rejects.toThrow();
  });
});
