/** Images that casync and desync have cut come in with their chunks as they are. */
import type { ImageVersion } from "@dvce/api";
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Caibx } from "../../service/src/casync";
import { TestPool } from "../agent/pool";
import { dvceImage } from "../images/command";
import { imageBytes, writeSparse } from "./images";
import { casync, desync } from "./tools";

jest.setTimeout(120_000);

let pool: TestPool;

beforeAll(async () => {
  pool = await TestPool.start(["left", "right"]);
});
afterAll(() => pool.close());

const makers: [string, (index: string, store: string, path: string) => Promise<string>][] = [
  ["casync", (index, store, path) => casync("make", "--digest=sha256", `--store=${store}`, index, path)],
  ["desync", (index, store, path) => desync("make", "-s", store, index, path)],
];

describe.each(makers)("an image that %s made", (tool, make) => {
  let index: string;
  let store: string;
  // Each its own bytes: chunks that the pool has already are not asked of the store.
  const bytes = imageBytes();
  const name = `from-${tool}`;

  beforeAll(async () => {
    index = pool.path(`${tool}.caibx`);
    store = pool.path(`${tool}.castr`);
    const path = pool.path(`${tool}.raw`);
    await writeSparse(path, bytes);
    await mkdir(store);
    await make(index, store, path);
  });

  const importIt = (from = store) => dvceImage(pool, ["import", name, index, "--store", from, "--json"]);

  it("is refused whole when a chunk is wrong or missing", async () => {
    const broken = pool.path(`${tool}-broken.castr`);
    await promisify(execFile)("cp", ["-r", store, broken]);
    const files = (await readdir(broken, { recursive: true })).filter((file) => file.endsWith(".cacnk"));
    const [victim = "", instead = ""] = await largest(broken, files);
    await copyFile(join(broken, instead), join(broken, victim));
    const wrong = await importIt(broken);
    expect(wrong).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("DVCE_CHUNK_CORRUPT") });
    await rm(join(broken, victim));
    const missing = await importIt(broken);
    expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("DVCE_CHUNK_MISSING") });
    expect((await pool.admin.listImages()).map((image) => image.name)).not.toContain(name);
  });

  it("comes in with its own chunks, and goes out byte for byte", async () => {
    const { exitCode, stdout, stderr } = await importIt();
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const { version } = JSON.parse(stdout) as ImageVersion;
    const own = await pool.admin.getVersionIndex(version);
    const caibx = Caibx.decode(await readFile(index));
    let named = 0;
    for (let i = 0; i < caibx.chunkCount; i++) if (own.includes(caibx.digest(i))) named++;
    expect(named).toBeGreaterThan(10); // those of zeros became holes
    const target = pool.path(`${tool}-exported.raw`);
    expect((await dvceImage(pool, ["export", name, target])).exitCode).toBe(0);
    expect((await readFile(target)).equals(bytes)).toBe(true);
    // Exported again it names the very chunks that the tool's own store has.
    const again = pool.path(`${tool}-again.caibx`);
    expect((await dvceImage(pool, ["export", name, again])).exitCode).toBe(0);
    const listed = new Set((await desync("list-chunks", again)).trim().split("\n"));
    const first = new Set((await desync("list-chunks", index)).trim().split("\n"));
    expect([...first].filter((digest) => !listed.has(digest)).length).toBeLessThanOrEqual(2); // odd runs of zeros
  });
});

it("says how to make an index whose digests are others", async () => {
  const index = pool.path("sha512.caibx");
  const path = pool.path("sha512.raw");
  await writeSparse(path, imageBytes());
  await casync("make", "--digest=sha512-256", `--store=${pool.path("sha512.castr")}`, index, path);
  const { stderr } = await dvceImage(pool, ["import", "x", index, "--store", pool.path("sha512.castr")]);
  expect(stderr).toMatch(/casync make --digest=sha256.*DVCE_CAIBX_INVALID/);
});

it("says how to make an index whose chunks are too large", async () => {
  const index = pool.path("large.caibx");
  const noise = pool.path("noise.raw");
  await writeFile(noise, imageBytes().subarray(1024 * 1024, 2 * 1024 * 1024));
  await casync(
    "make",
    "--digest=sha256",
    "--chunk-size=524288:524288:524288",
    `--store=${pool.path("large.castr")}`,
    index,
    noise,
  );
  const { stderr } = await dvceImage(pool, ["import", "x", index, "--store", pool.path("large.castr")]);
  expect(stderr).toMatch(/at most 262144.*--chunk-size=16384:65536:262144.*DVCE_CAIBX_INVALID/);
});

it("refuses an archive of files, which is no blob", async () => {
  const archive = pool.path("files.caidx");
  await mkdir(pool.path("files"));
  await casync("make", "--digest=sha256", `--store=${pool.path("files.castr")}`, archive, pool.path("files"));
  const { stderr } = await dvceImage(pool, ["import", "x", archive, "--store", pool.path("files.castr")]);
  expect(stderr).toMatch(/files.caidx describes is not a disk image.*DVCE_IMAGE_FORMAT_UNKNOWN/);
});

/** The files with the most bytes. */
async function largest(folder: string, files: readonly string[]): Promise<string[]> {
  const sized = await Promise.all(
    files.map(async (file) => ({ file, size: (await stat(join(folder, file))).size })),
  );
  return sized.sort((a, b) => b.size - a.size).map(({ file }) => file);
}
