/** `dvce image pull` from a real web server, over restarts of agent and controller. */
import type { ImageVersion } from "@dvce/api";
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { TestPool } from "../agent/pool";
import { imageBytes } from "../ecosystem/images";
import { dvceImage } from "./command";

jest.setTimeout(120_000);

const bytes = imageBytes();
const checksum = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
let pool: TestPool;
let web: Server;
let url: string;
/** Offsets that were asked for. */
let asked: number[];
/** Bytes after which answers stop, until told to go on. */
let holdAfter: number | undefined;

beforeEach(async () => {
  asked = [];
  holdAfter = undefined;
  web = createServer(answer);
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/image.raw`;
  pool = await TestPool.start(["left", "right", "third"], {}, { replicas: 2 });
});
afterEach(async () => {
  web.closeAllConnections();
  await new Promise((resolve) => web.close(resolve));
  await pool.close();
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  asked.push(start);
  const range = { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(start > 0 ? 206 : 200, {
    "content-length": bytes.length - start,
    ...(start > 0 ? range : {}),
  });
  const held = holdAfter;
  if (held === undefined) return void response.end(bytes.subarray(start));
  response.write(bytes.subarray(start, Math.max(start, held)));
}

const pull = (...more: string[]) =>
  dvceImage(pool, ["pull", "debian", url, "--checksum", checksum, "--json", ...more]);

async function expectWhole(): Promise<void> {
  const target = pool.path("exported.raw");
  expect(await dvceImage(pool, ["export", "debian", target])).toMatchObject({ exitCode: 0 });
  expect((await readFile(target)).equals(bytes)).toBe(true);
}

it("has one node fetch the file and the others replicate from it", async () => {
  const { exitCode, stdout, stderr } = await pull();
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const version = JSON.parse(stdout) as ImageVersion;
  expect(version.state).toBe("complete");
  expect(asked).toEqual([0]);
  await pool.until(async () => {
    const { replicas, dataBytes } = await pool.admin.getVersion(version.version);
    return replicas.filter(({ presentBytes }) => presentBytes === dataBytes).length === 2;
  });
  await expectWhole();
  const [ended] = await pool.admin.listPulls();
  expect(ended).toMatchObject({ phase: "done", image: "debian", version: version.version });
  // Nothing stays of the file on the node that fetched it.
  await pool.until(async () => {
    const left = await readdir(pool.path(ended?.node ?? "", "data", "pulls"), { recursive: true });
    return left.join() === "images";
  });
  // The same again does nothing but look.
  expect((await pull()).exitCode).toBe(0);
});

it("goes on after restarts of the agent and the controller where the download stopped", async () => {
  holdAfter = 5_000_000;
  const started = await pull("--no-wait");
  const { id } = JSON.parse(started.stdout) as { id: string };
  const current = () => pool.admin.getPull(id);
  await pool.until(async () => (await current()).doneBytes > 1_000_000);
  const { node } = await current();
  await pool.stopAgent(node ?? "");
  await pool.stopController();
  holdAfter = undefined;
  web.closeAllConnections();
  await pool.startController();
  await pool.startAgent(node ?? "");
  await pool.until(async () => (await current()).phase === "done");
  expect(asked[0]).toBe(0);
  expect(asked.at(-1)).toBeGreaterThan(1_000_000);
  expect((await current()).node).toBe(node);
  await expectWhole();
});

it("fails with the reason, and keeps no image, when the file is another", async () => {
  const wrong = `sha256:${"0".repeat(64)}`;
  const { exitCode, stderr } = await dvceImage(pool, ["pull", "debian", url, "--checksum", wrong]);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/DVCE_IMAGE_CHECKSUM_MISMATCH/);
  expect(await pool.admin.listImages()).toEqual([]);
  const { stdout } = await dvceImage(pool, ["pulls"]);
  expect(stdout).toMatch(/debian +failed/);
});

it("refuses a file that a node's images have no room for, and keeps nothing of it", async () => {
  await pool.close();
  const housekeeping = { cacheBytesMax: Math.floor(bytes.length / 2) };
  pool = await TestPool.start(["left"], { housekeeping }, { replicas: 1 });
  const { exitCode, stderr } = await pull();
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain("no room");
  expect(await readdir(pool.path("left", "data", "pulls", "images"))).toEqual([]);
});
