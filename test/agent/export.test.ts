/** Images read by clients while chunks of the nodes are bad. */
import { encodeChunk, type ImageIndex } from "@dvce/image";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { FillWorkers } from "../../service/src/fill/fill-workers";
import { poolChunks } from "../../service/src/restore/pool-chunks";
import { restoreImage } from "../../service/src/restore/restore-image";
import { openPackStore } from "../../service/src/store";
import { adminToken, sampleImage, TestPool } from "./pool";

jest.setTimeout(90_000);

const image = sampleImage();
const { index, chunks, bytes } = image;
const nodes = ["a", "b"] as const;
let pool: TestPool;
let workers: FillWorkers;

beforeEach(async () => {
  workers = new FillWorkers({ workers: 1 });
  // Nothing but readers finds what is bad.
  const settings = { replicas: 2, heartbeatIntervalMs: 250, missedHeartbeatsMax: 100 };
  pool = await TestPool.start(nodes, { housekeeping: { scrubBytesPerSecond: 0 } }, settings);
  expect([...(await pool.push(image))].sort()).toEqual(nodes);
});
afterEach(async () => {
  await workers.close();
  await pool.close();
});

const store = (node: string) => pool.path(node, "data", "store");
const isReady = async (node: string) =>
  (await pool.admin.listNodes()).some(({ name, state }) => name === node && state === "ready");

/** Flips a bit of the chunk in its pack: its checksum tells. */
async function flip(node: string, chunk: number): Promise<void> {
  const wanted = chunks[chunk] ?? Buffer.alloc(0);
  for (const name of await readdir(store(node))) {
    const path = join(store(node), name);
    const pack = await readFile(path);
    const at = name.endsWith(".pack") ? pack.indexOf(wanted) : -1;
    if (at < 0) continue;
    pack.writeUInt8(pack.readUInt8(at + 100) ^ 1, at + 100);
    await writeFile(path, pack);
    return;
  }
  throw new Error(`${node} does not have chunk ${chunk}`);
}

/** Puts other bytes under the chunk's digest: only the digest tells. */
async function forge(node: string, chunk: number): Promise<void> {
  const packs = await openPackStore(store(node));
  const digest = index.chunkDigest(chunk);
  await packs.delete([digest]);
  await packs.put([{ ...encodeChunk(Buffer.alloc(65_536, "forged ")), digest }], { verified: true });
  await packs.close();
}

async function damage(node: string, how: (node: string) => Promise<void>): Promise<void> {
  await pool.stopAgent(node);
  await how(node);
  await pool.startAgent(node);
  await pool.until(() => isReady(node));
}

async function exported(): Promise<Buffer> {
  const path = pool.path("exported.raw");
  await restoreImage({ index, path, workers, chunks: poolChunks(pool.admin, index) });
  return readFile(path);
}

async function casync(node: string, digest: string): Promise<Buffer> {
  const url = `${pool.agentUrl(node)}/casync/${digest.slice(0, 4)}/${digest}.cacnk`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${adminToken}` } });
  expect(answer.status).toBe(200);
  return zstdDecompressSync(Buffer.from(await answer.arrayBuffer()));
}

/** Until each node has all of the image again, and good. */
async function healed(of: ImageIndex): Promise<void> {
  for (const node of nodes) {
    await pool.until(async () => {
      const found = await pool.admin.verifyChunks(of.version, {
        node,
        firstChunk: 0,
        chunks: of.chunkCount,
      });
      return found.goodChunks === of.chunkCount;
    });
    await pool.until(async () => (await pool.admin.getNode(node)).health?.quarantinedChunks === 0);
  }
}

it("exports the image from whoever has good chunks, and the bad ones are healed", async () => {
  await damage("a", async (node) => {
    await flip(node, 3);
    await forge(node, 17);
  });
  await damage("b", async (node) => {
    await flip(node, 5);
    await forge(node, 29);
  });
  expect((await exported()).equals(bytes)).toBe(true);
  await healed(index);
});

it("fails an export by the chunk's name when every node's copy is bad, and gives no wrong byte", async () => {
  for (const node of nodes) await damage(node, (on) => forge(on, 8));
  await expect(exported()).rejects.toMatchObject({
    code: expect.stringMatching(/^DVCE_CHUNK_(CORRUPT|MISSING)$/),
    message: expect.stringContaining(index.chunkDigest(8)),
  });
  await expect(readFile(pool.path("exported.raw"))).rejects.toMatchObject({ code: "ENOENT" });
});

it("gives casync clients a peer's chunk in place of a bad one, and heals it", async () => {
  await damage("a", async (node) => {
    await flip(node, 3);
    await forge(node, 17);
  });
  for (const chunk of [3, 17]) {
    const data = await casync("a", index.chunkDigest(chunk));
    expect(data.equals(chunks[chunk] ?? Buffer.alloc(0))).toBe(true);
  }
  await healed(index);
});
