/** Our reading of images against QEMU's own, on images that the real qemu-img and qemu-io made. */
import { mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { indexImage, openImageSource } from "@dvce/image";
import fc from "fast-check";
import { indexAndRebuild, readWithQemu, run, writeRawDisk } from "./support";
import { pseudoRandom } from "../support/pseudo-random";

jest.setTimeout(120_000);

const sizeBytes = 24 * 1024 * 1024 + 512; // not a multiple of any cluster
let directory: string;
let raw: string;
const file = (name: string) => join(directory, name);

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "dvce-qcow2-"));
  raw = file("disk.raw");
  await writeRawDisk(raw, sizeBytes, [
    { at: 4096, data: pseudoRandom(300_000) },
    { at: 5_000_000, data: Buffer.alloc(200_000, "compressible text ") },
    { at: 16 * 1024 * 1024 - 70_000, data: pseudoRandom(140_000, 2) },
    { at: sizeBytes - 700, data: pseudoRandom(700, 3) },
  ]);
});
afterAll(() => rm(directory, { recursive: true }));

async function expectSameAsQemu(path: string): Promise<string> {
  const { index, disk } = await indexAndRebuild(path);
  expect(disk.equals(await readWithQemu(path, file("scratch.raw")))).toBe(true);
  return index.version;
}

it.each([
  ["version 3", ["-O", "qcow2"]],
  ["version 2", ["-O", "qcow2", "-o", "compat=0.10"]],
  ["clusters of 512 bytes", ["-O", "qcow2", "-o", "cluster_size=512"]],
  ["clusters of 2 MiB", ["-O", "qcow2", "-o", "cluster_size=2M"]],
  ["deflate", ["-c", "-O", "qcow2"]],
  ["deflate in small clusters", ["-c", "-O", "qcow2", "-o", "cluster_size=4k"]],
  ["zstd", ["-c", "-O", "qcow2", "-o", "compression_type=zstd"]],
  ["zstd in large clusters", ["-c", "-O", "qcow2", "-o", "compression_type=zstd,cluster_size=1M"]],
  ["preallocated metadata", ["-O", "qcow2", "-o", "preallocation=metadata"]],
  ["everything allocated", ["-S", "0", "-O", "qcow2"]],
])("reads qcow2 as qemu-img does, and gives the version of the raw disk: %s", async (name, options) => {
  const path = file(`${name.replaceAll(" ", "-")}.qcow2`);
  await run("qemu-img", ["convert", ...options, raw, path]);
  expect(await expectSameAsQemu(path)).toBe((await indexAndRebuild(raw)).index.version);
});

it("gives the same version without qemu-img to ask for holes", async () => {
  const { version } = (await indexAndRebuild(raw)).index;
  const path = process.env.PATH;
  process.env.PATH = "/nonexistent";
  try {
    expect((await indexAndRebuild(raw)).index.version).toBe(version);
  } finally {
    process.env.PATH = path;
  }
});

it("reads random writes, zero clusters and discards as QEMU does", async () => {
  const write = fc.record({
    command: fc.constantFrom("write -P 0xa5", "write -z", "write -z -u", "discard", "write -c -P 0x5a"),
    at: fc.nat(60),
    length: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(write, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(
        "cluster_size=64k",
        "compat=0.10,cluster_size=64k",
        "cluster_size=4k,lazy_refcounts=on",
      ),
      async (writes, options) => {
        const path = file("random.qcow2");
        await rm(path, { force: true });
        await run("qemu-img", ["create", "-q", "-f", "qcow2", "-o", options, path, "4M"]);
        const commands = writes.flatMap(({ command, at, length }) => [
          "-c",
          `${command} ${at * 64}k ${length * 64}k`,
        ]);
        await run("qemu-io", ["-f", "qcow2", "-c", "write -P 1 0 64k", ...commands, path]).catch(
          () => undefined,
        );
        await expectSameAsQemu(path);
      },
    ),
    { numRuns: 15 },
  );
});

it("reads a chain of backing files in its own folder, and refuses others", async () => {
  await mkdir(file("sub"));
  await run("qemu-img", ["convert", "-c", "-O", "qcow2", raw, file("sub/base.qcow2")]);
  const create = (backing: string, name: string) =>
    run("qemu-img", ["create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", backing, file(name), "30M"]);
  await create("sub/base.qcow2", "middle.qcow2");
  await run("qemu-io", [
    "-f",
    "qcow2",
    "-c",
    "write -P 7 1M 300k",
    "-c",
    "write -z 5M 64k",
    file("middle.qcow2"),
  ]);
  await create("middle.qcow2", "top.qcow2");
  await run("qemu-io", [
    "-f",
    "qcow2",
    "-c",
    "write -P 8 1200k 4k",
    "-c",
    "write -P 9 28M 1k",
    file("top.qcow2"),
  ]);
  await expectSameAsQemu(file("top.qcow2"));

  for (const [name, backing] of [
    ["absolute.qcow2", raw],
    ["above.qcow2", "../disk.raw"],
    ["network.qcow2", "nbd://localhost/x"],
    ["gone.qcow2", "gone.raw"],
  ] as const) {
    await create(backing, name);
    await expect(openImageSource(file(name))).rejects.toMatchObject({ code: "DVCE_IMAGE_FORMAT_UNKNOWN" });
  }
  await create("ring-b.qcow2", "ring-a.qcow2");
  await create("ring-a.qcow2", "ring-b.qcow2");
  await expect(openImageSource(file("ring-a.qcow2"))).rejects.toMatchObject({
    code: "DVCE_IMAGE_UNREADABLE",
  });
});

it("refuses a truncated qcow2 wherever it was cut", async () => {
  await run("qemu-img", ["convert", "-O", "qcow2", raw, file("cut.qcow2")]);
  for (const keep of [600_000, 300_000, 200_000, 65_600, 80]) {
    await truncate(file("cut.qcow2"), keep);
    await expect(openImageSource(file("cut.qcow2"))).rejects.toMatchObject({ code: "DVCE_IMAGE_TRUNCATED" });
  }
});

it("refuses what it cannot read, and says what to do", async () => {
  await run("qemu-img", [
    "create",
    "-q",
    "-f",
    "qcow2",
    "-o",
    `data_file=${file("data.raw")}`,
    file("external.qcow2"),
    "1M",
  ]);
  await run("qemu-img", [
    "create",
    "-q",
    "-f",
    "qcow2",
    "-o",
    "extended_l2=on",
    file("subclusters.qcow2"),
    "1M",
  ]);
  await expect(openImageSource(file("external.qcow2"))).rejects.toThrow(
    /external data file.*qemu-img convert/,
  );
  await expect(openImageSource(file("subclusters.qcow2"))).rejects.toThrow(/subclusters.*qemu-img convert/);
  for (const format of ["vmdk", "vdi", "vhdx", "vpc", "qed", "parallels"]) {
    await run("qemu-img", ["convert", "-O", format, raw, file(`disk.${format}`)]);
    await expect(openImageSource(file(`disk.${format}`))).rejects.toMatchObject({
      code: "DVCE_IMAGE_FORMAT_UNKNOWN",
      message: expect.stringContaining(`qemu-img convert -f ${format}`),
    });
  }
  await run("gzip", ["-kf", raw]);
  await run("xz", ["-0kf", raw]);
  await writeFile(file("page.html"), "<!DOCTYPE html><p>404 Not Found</p>");
  await expect(openImageSource(`${raw}.gz`)).rejects.toThrow(/gzip-compressed/);
  await expect(openImageSource(`${raw}.xz`)).rejects.toThrow(/xz-compressed/);
  await expect(openImageSource(file("page.html"))).rejects.toThrow(/an HTML page/);
  await expect(openImageSource(directory)).rejects.toMatchObject({ code: "DVCE_IMAGE_UNREADABLE" });
  await expect(openImageSource(file("absent"))).rejects.toThrow(/no such file/);
});

it("refuses a raw disk that is shorter than its partition table says", async () => {
  for (const label of ["dos", "gpt"]) {
    const path = file(`${label}.raw`);
    await writeFile(path, "");
    await truncate(path, 64 * 1024 * 1024);
    await run("sh", ["-c", `printf 'label: ${label}\\n2048,,L\\n' | sfdisk -q ${path}`]);
    await (await openImageSource(path)).close();
    await truncate(path, 63 * 1024 * 1024);
    await expect(openImageSource(path)).rejects.toMatchObject({ code: "DVCE_IMAGE_TRUNCATED" });
  }
});

it("notices an image that changes while it is read, and reads an unchanged one once", async () => {
  const path = file("changing.raw");
  await writeRawDisk(path, 1024 * 1024, [{ at: 0, data: pseudoRandom(500_000) }]);
  const source = await openImageSource(path);
  await source.verifyUnchanged();
  await writeRawDisk(path, 1024 * 1024, [{ at: 0, data: pseudoRandom(500_000, 2) }]);
  await expect(source.verifyUnchanged()).rejects.toMatchObject({ code: "DVCE_IMAGE_CHANGED" });
  await source.close();

  await new Promise((resolve) => setTimeout(resolve, 2100)); // a younger change is not remembered
  const cacheDirectory = file("cache");
  const seen: number[] = [];
  const onProgress = ({ doneBytes }: { doneBytes: number }) => void seen.push(doneBytes);
  const first = await indexImage(path, { cacheDirectory, onProgress });
  expect(seen.length).toBeGreaterThan(0);
  const reads = seen.length;
  expect((await indexImage(path, { cacheDirectory, onProgress })).version).toBe(first.version);
  expect(seen).toHaveLength(reads);
  await writeRawDisk(path, 1024 * 1024, [{ at: 0, data: pseudoRandom(500_000, 3) }]);
  expect((await indexImage(path, { cacheDirectory, onProgress })).version).not.toBe(first.version);
});
