/** Images from streams and very large sparse ones, with the real qemu-img beside us. */
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexImage, resolveStream } from "@dvce/image";
import { indexAndRebuild, run, writeRawDisk } from "./support";
import { pseudoRandom } from "../support/pseudo-random";

jest.setTimeout(120_000);

let directory: string;
let raw: string;
const file = (name: string) => join(directory, name);
const gibibyte = 2 ** 30;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "dvce-stream-"));
  raw = file("disk.raw");
  await writeRawDisk(raw, 40 * 1024 * 1024 + 512, [
    { at: 4096, data: pseudoRandom(300_000) },
    { at: 30_000_000, data: pseudoRandom(70_000, 2) },
  ]);
});
afterAll(() => rm(directory, { recursive: true }));

/** Bytes that this process has read from files so far, wherever they came from. */
async function bytesRead(): Promise<number> {
  return Number(/rchar: (\d+)/.exec(await readFile("/proc/self/io", "latin1"))?.[1]);
}

describe("an image from a stream", () => {
  const options = () => ({ cacheDirectory: file("cache") });

  it.each([
    ["raw", []],
    ["qcow2", ["convert", "-O", "qcow2"]],
    ["compressed qcow2", ["convert", "-c", "-O", "qcow2"]],
  ])("is the version that it is as a file: %s", async (name, convert) => {
    const { version } = (await indexAndRebuild(raw)).index;
    const path = convert.length === 0 ? raw : file(name);
    if (convert.length > 0) await run("qemu-img", [...convert, raw, path]);
    const image = await resolveStream(createReadStream(path), options());
    expect((await indexAndRebuild(image.path)).index.version).toBe(version);
    const before = await bytesRead();
    expect((await indexImage(image.path, options())).version).toBe(version);
    // Zeros of the stream are holes of what is kept: they are not read again.
    if (name === "raw") expect((await bytesRead()) - before).toBeLessThan(10_000_000);
    expect(await readdir(file("cache/images"))).toEqual([]);
    await image.close();
  });

  it("must have the checksum that was given", async () => {
    const { stdout } = await run("sha256sum", [raw]);
    const checksum = `sha256:${stdout.slice(0, 64)}`;
    await (await resolveStream(createReadStream(raw), { ...options(), checksum })).close();
    const wrong = resolveStream(createReadStream(raw), { ...options(), checksum: "0".repeat(64) });
    await expect(wrong).rejects.toMatchObject({ code: "DVCE_IMAGE_CHECKSUM_MISMATCH" });
  });

  it("must fit, and be an image", async () => {
    const small = resolveStream(createReadStream(raw), { ...options(), spoolBytesMax: 100_000 });
    await expect(small).rejects.toThrow(
      /image from standard input needs more .* 100000 may be used.*XDG_CACHE_HOME/s,
    );
    const text = resolveStream(createReadStream(__filename), options());
    await expect(text).rejects.toThrow(/standard input is not a disk image: it is text/);
    await run("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", raw, file("top.qcow2")]);
    const top = resolveStream(createReadStream(file("top.qcow2")), options());
    await expect(top).rejects.toThrow(/standard input is a qcow2 image over the backing file/);
    async function* broken() {
      yield Buffer.alloc(100, 1);
      throw new Error("the pipe broke");
    }
    await expect(resolveStream(broken(), options())).rejects.toThrow("from standard input: the pipe broke");
    expect(await readdir(file("cache/images"))).toEqual([]);
  });
});

describe("an image that is nearly all holes", () => {
  const sizeBytes = 1024 * gibibyte;
  const pieces = [
    { at: 1024 * 1024, data: pseudoRandom(100_000, 4) },
    { at: 700 * gibibyte + 4096, data: pseudoRandom(100_000, 5) },
  ];

  async function expectLittleRead(path: string): Promise<string> {
    const before = await bytesRead();
    const index = await indexImage(path, { cacheDirectory: file("cache") });
    expect(index.sizeBytes).toBe(sizeBytes);
    expect((await bytesRead()) - before).toBeLessThan(20_000_000);
    return index.version;
  }

  it("is read without its holes: raw, qcow2, and a chain of both", async () => {
    await writeRawDisk(file("huge.raw"), sizeBytes, pieces);
    const version = await expectLittleRead(file("huge.raw"));
    await run("qemu-img", ["convert", "-O", "qcow2", file("huge.raw"), file("huge.qcow2")]);
    expect(await expectLittleRead(file("huge.qcow2"))).toBe(version);
    const create = ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", "huge.raw", file("over.qcow2")];
    await run("qemu-img", create);
    expect(await expectLittleRead(file("over.qcow2"))).toBe(version);
    await run("qemu-io", ["-f", "qcow2", "-c", "write -P 7 900G 64k", file("over.qcow2")]);
    expect(await expectLittleRead(file("over.qcow2"))).not.toBe(version);
  });
});
