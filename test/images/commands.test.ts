/** `dvce image …` against a real controller and real agents. */
import type { Image, ImageVersion } from "@dvce/api";
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Caibx, indexOfCaibx } from "../../service/src/casync";
import { adminToken, TestPool } from "../agent/pool";
import { imageBytes, writeSparse } from "../ecosystem/images";
import { dvceImage } from "./command";

jest.setTimeout(120_000);

const bytes = imageBytes();
let pool: TestPool;
let path: string;
let version: string;
let holder: string;

const json = async <T>(...parameters: string[]): Promise<T> => {
  const { exitCode, stdout, stderr } = await dvceImage(pool, [...parameters, "--json"]);
  if (exitCode !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
};

beforeAll(async () => {
  process.env["XDG_CACHE_HOME"] = await import("node:os").then(({ tmpdir }) =>
    join(tmpdir(), `dvce-cli-${process.pid}`),
  );
  pool = await TestPool.start(["left", "right"]);
  path = pool.path("image.raw");
  await writeSparse(path, bytes);
  const pushed = await json<ImageVersion>("push", "debian", path);
  version = pushed.version;
  holder = pushed.replicas[0]?.node ?? "";
});
afterAll(async () => {
  await pool.close();
  await rm(process.env["XDG_CACHE_HOME"] ?? "", { recursive: true, force: true });
});

it("exports what was pushed, as a sparse file, and leaves nothing beside it", async () => {
  const folder = pool.path("exported");
  await promisify(execFile)("mkdir", [folder]);
  const target = join(folder, "debian.raw");
  const exported = await json<{ format: string; sizeBytes: number }>("export", "debian", target);
  expect(exported).toMatchObject({ format: "raw", sizeBytes: bytes.length });
  expect((await readFile(target)).equals(bytes)).toBe(true);
  expect((await stat(target)).blocks * 512).toBeLessThan(bytes.length / 2);
  expect(await readdir(folder)).toEqual(["debian.raw"]);
});

it("exports a .caibx that names the same chunks", async () => {
  const target = pool.path("debian.caibx");
  await json("export", `debian@${version.slice(0, 8)}`, target);
  const index = indexOfCaibx(Caibx.decode(await readFile(target)));
  expect(index.sizeBytes).toBe(bytes.length);
  const own = await pool.admin.getVersionIndex(version);
  for (let i = 0; i < index.chunkCount; i++)
    expect(own.includes(Buffer.from(index.chunkDigest(i), "hex"))).toBe(true);
});

it("pushes from standard input", async () => {
  const child = execFile(
    join(__dirname, "../../node_modules/.bin/tsx"),
    [join(__dirname, "../../service/src/main.ts"), "image", "push", "piped", "-", "--json"],
    { env: { ...process.env, DVCE_URL: pool.controllerUrl, DVCE_TOKEN: adminToken } },
  );
  const output = new Promise<string>((resolve, reject) => {
    let [stdout, stderr] = ["", ""];
    child.stdout?.on("data", (text: string) => (stdout += text));
    child.stderr?.on("data", (text: string) => (stderr += text));
    child.on("close", (code) => (code === 0 ? resolve(stdout) : reject(new Error(stderr))));
  });
  if (child.stdin !== null) createReadStream(path).pipe(child.stdin);
  expect((JSON.parse(await output) as ImageVersion).version).toBe(version);
});

it("gives versions further names, lists and drops them", async () => {
  await json("tag", "debian", "golden");
  expect((await json<Image>("inspect", "golden")).version).toBe(version);
  const other = pool.path("other.raw");
  await writeSparse(other, Buffer.concat([bytes, Buffer.alloc(4096, 1)]));
  const second = await json<ImageVersion>("push", "golden", other);
  const { stdout } = await dvceImage(pool, ["ls", "--versions"]);
  expect(stdout).toMatch(new RegExp(`golden +${version.slice(0, 12)}`));
  expect(stdout).toMatch(new RegExp(`golden \\(newest\\) +${second.version.slice(0, 12)}`));
  await json("rm", `golden@${second.version.slice(0, 12)}`);
  expect((await json<Image>("inspect", "golden")).versions.map((one) => one.version)).toEqual([version]);
  await json("rm", "golden");
  expect((await json<{ images: Image[] }>("ls")).images.map(({ name }) => name).sort()).toEqual([
    "debian",
    "piped",
  ]);
});

it.each<[string[], RegExp]>([
  [["export", "nothing", "/tmp/x"], /no image nothing.*DVCE_IMAGE_NOT_FOUND/],
  [["export", "debian@ffffffffff", "/tmp/x"], /no version ffffffffff.*DVCE_VERSION_NOT_FOUND/],
  [["export", "debian@no", "/tmp/x"], /first 6 digits.*DVCE_INPUT_INVALID/],
  [["export", "debian", "/nowhere/x.raw"], /Unable to write \/nowhere\/x.raw.*DVCE_OUTPUT_FAILED/],
  [["export", "debian", "/nowhere/x.caibx"], /Unable to write \/nowhere\/x.caibx.*DVCE_OUTPUT_FAILED/],
  [["export", "debian", "/tmp/x", "--format", "vmdk"], /no format; there are raw and caibx/],
  [["import", "x", "/nowhere/x.caibx", "--store", "/tmp"], /Unable to read \/nowhere\/x.caibx/],
  [["pull", "x", "ftp://a/b", "--checksum", `sha256:${"0".repeat(64)}`], /must start with http/],
  [["pull", "x", "http://a/b", "--checksum", "md5:1"], /sha256:/],
])("says what is wrong with %j", async (parameters, message) => {
  const { exitCode, stderr } = await dvceImage(pool, parameters);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(message);
});

it("gives image bytes to no one who may only look", async () => {
  const refused = await dvceImage(pool, ["export", "debian", pool.path("spied.raw")], "token-of-a-viewer");
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("DVCE_FORBIDDEN") });
  await expect(stat(pool.path("spied.raw"))).rejects.toThrow();
  const verifying = await dvceImage(pool, ["verify", "debian"], "token-of-a-viewer");
  expect(verifying.stderr).toContain("DVCE_FORBIDDEN");
});

it("finds a chunk that went bad on a node's disk, and the export fails without it", async () => {
  expect((await dvceImage(pool, ["verify", "debian"])).stdout).toMatch(/whole and sound/);
  const packs = join(pool.path(holder, "data", "store"));
  const name = (await readdir(packs)).find((one) => one.endsWith(".pack")) ?? "";
  const pack = await open(join(packs, name), "r+");
  const { size } = await pack.stat();
  await pack.write(Buffer.from("damage"), 0, 6, Math.floor(size / 2));
  await pack.close();
  const found = await dvceImage(pool, ["verify", "debian", "--json"]);
  expect(found.exitCode).toBe(1);
  expect(found.stderr).toMatch(/chunk [0-9a-f]{64} was bad/);
  const { nodes } = JSON.parse(found.stdout) as { nodes: { node: string; bad: string[] }[] };
  expect(nodes.find(({ node }) => node === holder)?.bad).toHaveLength(1);
  // It was the only copy.
  const target = pool.path("lost.raw");
  const exporting = await dvceImage(pool, ["export", "debian", target]);
  expect(exporting).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("DVCE_CHUNK_MISSING") });
  await expect(stat(target)).rejects.toThrow();
  // A push of the same image heals it.
  await json("push", "debian", path);
  expect((await dvceImage(pool, ["verify", "debian"])).exitCode).toBe(0);
  await json("export", "debian", target);
  expect((await readFile(target)).equals(bytes)).toBe(true);
  await writeFile(target, "");
});
