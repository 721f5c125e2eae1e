import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { repositoryDirectory } from "../setup/paths";
import { pinnedNodePath } from "./provider";
import { shippedBundle } from "./service";

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
  const { stdout } = await promisify(execFile)(pinnedNodePath, [bundle], { cwd: directory, timeout: 60_000 });
  expect(stdout).toBe("text text ");
});
