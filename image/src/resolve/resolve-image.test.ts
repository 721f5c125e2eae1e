import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveImage } from "./resolve-image";

jest.setTimeout(30_000);

const content = randomBytes(300_000);
const sha256 = (data: Buffer) => createHash("sha256").update(data).digest("hex");
const checksum = `sha256:${sha256(content)}`;

let directory: string;
let server: Server;
let url: string;
const requests: { range: string | undefined }[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

/** Serves `content` with ranges. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (start >= content.length) return void response.writeHead(416).end();
  const part = content.subarray(start);
  const range = { "content-range": `bytes ${start}-${content.length - 1}/${content.length}` };
  response.writeHead(start > 0 ? 206 : 200, { "content-length": part.length, ...(start > 0 ? range : {}) });
  response.end(part);
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "dvce-resolve-"));
  answer = serve;
  requests.length = 0;
  server = createServer((request, response) => {
    requests.push({ range: request.headers.range });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/image`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

const options = () => ({ url, checksum, cacheDirectory: directory });
const images = () => readdir(join(directory, "images"));

it("downloads once, also for two callers at the same time, and then answers from the cache", async () => {
  const [first, second] = await Promise.all([resolveImage(options()), resolveImage(options())]);
  expect(first).toEqual(second);
  expect((await readFile(first.path)).equals(content)).toBe(true);
  expect(await resolveImage(options())).toEqual(first);
  expect(requests).toHaveLength(1);
  expect(await images()).toEqual([`${sha256(content)}.img`]);
});

it("continues after the connection broke, where it broke", async () => {
  let tries = 0;
  answer = (request, response) => {
    if (tries++ > 0) return serve(request, response);
    response.writeHead(200, { "content-length": content.length });
    response.write(content.subarray(0, 100_000));
    setTimeout(() => response.destroy(), 500); // time to arrive: a reset also discards what the peer has not read
  };
  const { path } = await resolveImage(options());
  expect((await readFile(path)).equals(content)).toBe(true);
  expect(requests).toEqual([{ range: undefined }, { range: expect.stringMatching(/^bytes=[1-9]\d*-$/) }]);
});

it("continues what a killed process left, and starts over when that was of another file", async () => {
  const folder = join(directory, "images");
  await mkdir(folder, { recursive: true });
  const partial = join(folder, `${sha256(content)}.partial.999999999`);
  await writeFile(partial, content.subarray(0, 50_000));
  await resolveImage(options());
  expect(requests.map(({ range }) => range)).toEqual(["bytes=50000-"]);

  await rm(join(folder, `${sha256(content)}.img`));
  await writeFile(partial, randomBytes(50_000));
  const { path } = await resolveImage(options());
  expect((await readFile(path)).equals(content)).toBe(true);
  expect(await images()).toEqual([`${sha256(content)}.img`]);
});

it("refuses other bytes than the checksum's, with both values, and keeps nothing", async () => {
  const other = `sha256:${"0".repeat(64)}`;
  await expect(resolveImage({ ...options(), checksum: other })).rejects.toMatchObject({
    code: "DVCE_IMAGE_CHECKSUM_MISMATCH",
    message: expect.stringMatching(new RegExp(`${other}.*${checksum}`)),
  });
  expect(await images()).toEqual([]);
});

it("says why a download failed, at once when trying again is of no use", async () => {
  answer = (_, response) => void response.writeHead(404).end();
  await expect(resolveImage(options())).rejects.toMatchObject({
    code: "DVCE_IMAGE_DOWNLOAD_FAILED",
    message: expect.stringContaining("status 404"),
  });
  expect(requests).toHaveLength(1);
});

it("replaces a cached file that was damaged since", async () => {
  const { path } = await resolveImage(options());
  await writeFile(path, "damaged");
  await resolveImage(options());
  expect((await readFile(path)).equals(content)).toBe(true);
});

it("verifies a local file when a checksum is given", async () => {
  const path = join(directory, "local.img");
  await writeFile(path, content);
  expect(await resolveImage({ path, checksum, cacheDirectory: directory })).toEqual({ path });
  expect(await resolveImage({ path })).toEqual({ path });
  await writeFile(path, "other");
  await expect(resolveImage({ path, checksum, cacheDirectory: directory })).rejects.toMatchObject({
    code: "DVCE_IMAGE_CHECKSUM_MISMATCH",
  });
});

it.each([
  ["neither path nor URL", {}],
  ["both", { path: "/a", url: "http://b/" }],
  ["a URL without checksum", { url: "http://127.0.0.1/image" }],
  ["another scheme", { url: "ftp://127.0.0.1/image", checksum }],
  ["no URL", { url: "image.qcow2", checksum }],
  ["another kind of checksum", { path: "/a", checksum: "md5:00" }],
])("refuses %s", async (_, input) => {
  await expect(resolveImage(input)).rejects.toMatchObject({ code: "DVCE_INPUT_INVALID" });
});
