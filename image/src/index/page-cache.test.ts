import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDvceError } from "@dvce/api";
import fc from "fast-check";
import { pseudoRandom } from "../../../test/support/pseudo-random";
import { FileIndexBytes } from "./index-bytes";
import { ImageIndex } from "./image-index";
import { IndexBuilder } from "./index-builder";
import { PageCache, pageSizeBytesMax } from "./page-cache";

let directory = "";
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "dvce-pages-"))));
afterAll(() => rmSync(directory, { recursive: true }));

const recordSizeBytes = 24;
const count = 20_000;

function table(cache: PageCache, seed: number) {
  const content = pseudoRandom(64 + count * recordSizeBytes, seed);
  const path = join(directory, `${seed}`);
  writeFileSync(path, content);
  const bytes = new FileIndexBytes(openSync(path, "r"), content.length, cache);
  return { content, bytes, path, records: bytes.records(64, count, recordSizeBytes) };
}

describe("records of a file", () => {
  it("are the file's, however few pages the cache has and whoever else uses it", () => {
    const cache = new PageCache(3 * pageSizeBytesMax);
    const tables = [table(cache, 1), table(cache, 2)];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.nat(count - 1)), { maxLength: 200 }), (reads) => {
        for (const [which, i] of reads) {
          const one = tables[which];
          if (one === undefined) throw new Error("two tables");
          const at = one.records.seek(i);
          const found = one.records.buffer.subarray(at, at + recordSizeBytes);
          expect(
            found.equals(one.content.subarray(64 + i * recordSizeBytes, 64 + (i + 1) * recordSizeBytes)),
          ).toBe(true);
        }
      }),
    );
    tables.forEach(({ bytes }) => bytes.close());
  });

  it("cannot be read after the file was closed, cached or not", () => {
    const { bytes, records } = table(new PageCache(), 3);
    records.seek(0);
    bytes.close();
    bytes.close();
    let caught: unknown;
    try {
      records.seek(0);
    } catch (error) {
      caught = error;
    }
    expect(isDvceError(caught, "DVCE_VERSION_NOT_FOUND")).toBe(true);
  });

  it("say so when the file has become shorter", () => {
    const { bytes, records, path, content } = table(new PageCache(), 4);
    writeFileSync(path, content.subarray(0, 5000));
    expect(() => records.seek(count - 1)).toThrow(/its file ends at/);
    bytes.close();
  });
});

test("an index that was opened answers as the one in memory, in pieces too", async () => {
  const builder = new IndexBuilder(100 * 4096);
  for (let i = 0; i < 90; i++) {
    const extent = { offsetBytes: i * 4096, offsetInChunk: 0, lengthBytes: 4096 };
    builder.add(pseudoRandom(32, 1 + (i % 50)), 4096, extent);
  }
  const built = builder.build();
  const path = join(directory, "index");
  writeFileSync(path, built.encode());
  const opened = await ImageIndex.open(path);
  expect(opened.version).toBe(built.version);
  expect(opened.chunks).toEqual(built.chunks);
  expect([...opened.extents(0, opened.sizeBytes)]).toEqual([...built.extents(0, built.sizeBytes)]);
  expect(opened.encode().equals(built.encode())).toBe(true);
  expect(Buffer.concat([...opened.pieces()].map((piece) => Buffer.from(piece))).equals(built.encode())).toBe(
    true,
  );
  opened.close();
  expect(() => opened.extentAt(0)).toThrow(/was dropped/);
});
