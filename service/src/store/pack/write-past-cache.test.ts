import * as fc from "fast-check";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pseudoRandom } from "../../../../test/support/pseudo-random";
import { nodeStoreFiles } from "./store-files";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "dvce-past-cache-"))));
afterAll(() => rm(folder, { recursive: true }));

it("appends the same bytes past the page cache as through it, in any turn", async () => {
  const data = pseudoRandom(8 * 1024 * 1024);
  const sizes = fc.oneof(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 3_000_000 }));
  const write = fc.record({
    pastCache: fc.boolean(),
    sizes: fc.array(sizes, { minLength: 1, maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 5 }), async (writes) => {
      const path = join(folder, "file");
      await rm(path, { force: true });
      const file = await nodeStoreFiles.open(path, "create");
      const expected: Buffer[] = [];
      let end = 0;
      for (const [turn, { pastCache, sizes }] of writes.entries()) {
        const parts = sizes.map((size, i) => data.subarray(turn * 1009 + i * 4099).subarray(0, size));
        await file.write(end, parts, { pastCache });
        await file.sync();
        expected.push(...parts);
        end += parts.reduce((sum, part) => sum + part.length, 0);
        // As readers do meanwhile, so that pages of the file are in the cache.
        await file.read(Math.max(0, end - 6000), Buffer.alloc(6000));
      }
      await file.close();
      expect((await readFile(path)).equals(Buffer.concat(expected))).toBe(true);
    }),
    { numRuns: 30 },
  );
});
