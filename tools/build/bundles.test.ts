/** What ships as one file does its work as one file: worker threads included, far from this repository's source. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { buildIndex, ImageIndex, openImageSource } from "../../image/src";
import { repositoryDirectory } from "../setup/paths";
import { pinnedNodePath } from "./provider";
import { bundleService, shippedBundle } from "./service";

jest.setTimeout(120_000);
const run = promisify(execFile);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "dvce-bundle-"));
});
afterEach(() => rm(directory, { recursive: true }));

test("a bundle starts its worker threads where there is neither source nor esbuild", async () => {
  const entry = path.join(directory, "entry.ts");
  await writeFile(
    entry,
    `import { ChunkWorkers, encodeChunk } from ${JSON.stringify(path.join(repositoryDirectory, "image/src/index"))};
     const chunk = encodeChunk(Buffer.alloc(5000, "text "));
     new ChunkWorkers().decodeMany([chunk]).then(([data]) => process.stdout.write(data.subarray(0, 10)));`,
  );
  const bundle = path.join(directory, "bundle.cjs");
  await build({ ...shippedBundle, entryPoints: [entry], outfile: bundle });
  // It ends by itself: idle threads do not keep it.
  const { stdout } = await run(pinnedNodePath, [bundle], { cwd: directory, timeout: 60_000 });
  expect(stdout).toBe("text text ");
});

test("the dvce command indexes an image on its threads", async () => {
  const executable = path.join(directory, "dvce");
  await bundleService(executable);
  const image = path.join(directory, "disk.raw");
  const disk = Buffer.alloc(20 * 1024 * 1024, "data of a disk ");
  disk.fill(0, 0, 512).writeUInt16LE(0xaa55, 510);
  await writeFile(image, disk);
  let announced: ImageIndex | undefined;
  // A controller that hears what the image is and takes nothing.
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      announced = ImageIndex.decode(Buffer.concat(parts));
      const error = { code: "DVCE_FORBIDDEN", message: "heard enough", retryable: false };
      response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ error }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { ...process.env, DVCE_URL: url, DVCE_TOKEN: "t", XDG_CACHE_HOME: directory };
    const push = run(executable, ["image", "push", "disk", image], { cwd: directory, env, timeout: 60_000 });
    await expect(push).rejects.toMatchObject({ stderr: expect.stringContaining("heard enough") });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  const source = await openImageSource(image);
  expect(announced?.version).toBe((await buildIndex(source)).version);
  await source.close();
});
