import { IndexBuilder, digestBytesOf, digestOf, encodeChunk } from "@dvce/image";
import fc from "fast-check";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FillWorkers } from "../fill/fill-workers";
import { restoreImage, type RestoreChunk } from "./restore-image";

jest.setTimeout(60_000);

const block = 4096;
const workers = new FillWorkers({ workers: 2 });
let folder: string;
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "dvce-restore-"));
  path = join(folder, "image.raw");
});
afterAll(async () => {
  await workers.close();
  await rm(folder, { recursive: true });
});

interface Part {
  readonly kind: number;
  readonly gapBlocks: number;
  readonly skip: number;
}

/** Chunks of 1 to 20 blocks, some more than once, some in part, with holes; the image's bytes, and chunks' data by number. */
function imageOf(parts: readonly Part[], tailBytes: number) {
  const pieces: { data: Buffer; from: number; at: number }[] = [];
  let end = 0;
  for (const { kind, gapBlocks, skip } of parts) {
    const data = Buffer.alloc((kind + 1) * block, `chunk ${kind} `);
    const from = (skip % (kind + 1)) * block;
    const at = end + gapBlocks * block;
    pieces.push({ data, from, at });
    end = at + data.length - from;
  }
  const bytes = Buffer.alloc(end + tailBytes);
  const builder = new IndexBuilder(bytes.length);
  const chunks: Buffer[] = [];
  for (const { data, from, at } of pieces) {
    const lengthBytes = data.length - from;
    data.copy(bytes, at, from);
    if (builder.add(digestBytesOf(data), data.length, { offsetBytes: at, offsetInChunk: from, lengthBytes }))
      chunks.push(data);
  }
  return { index: builder.build(), bytes, chunks };
}

async function* given(chunks: readonly Buffer[]): AsyncGenerator<RestoreChunk> {
  for (const [chunk, data] of chunks.entries()) yield { chunk, source: encodeChunk(data) };
}

const parts = fc.array(
  fc.record({ kind: fc.nat(20), gapBlocks: fc.nat(9), skip: fc.oneof(fc.constant(0), fc.nat(20)) }),
  {
    maxLength: 60,
  },
);

it("gives back exactly the image's bytes, chunks in any order, and leaves nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(parts, fc.nat(9000), fc.boolean(), async (list, tailBytes, backwards) => {
      const { index, bytes, chunks } = imageOf(list, tailBytes);
      const all: RestoreChunk[] = [];
      for await (const one of given(chunks)) all.push(one);
      if (backwards) all.reverse();
      async function* source() {
        yield* all;
      }
      let reported = 0;
      const onProgress = (doneBytes: number) => (reported = doneBytes);
      await restoreImage({ index, path, workers, chunks: source(), onProgress });
      expect((await readFile(path)).equals(bytes)).toBe(true);
      expect(reported).toBe(chunks.length === 0 ? 0 : index.dataBytes);
      expect(await readdir(folder)).toEqual(["image.raw"]);
    }),
    { numRuns: 40 },
  );
});

const sample = imageOf(
  [
    { kind: 3, gapBlocks: 700, skip: 0 },
    { kind: 7, gapBlocks: 900, skip: 0 },
  ],
  5,
);

it("makes a sparse file", async () => {
  await restoreImage({ index: sample.index, path, workers, chunks: given(sample.chunks) });
  expect((await stat(path)).blocks * 512).toBeLessThan(20 * block);
});

it("releases each chunk once, also when it fails", async () => {
  for (const chunks of [sample.chunks, [...sample.chunks].reverse()]) {
    let open = 0;
    async function* counted() {
      for (const [chunk, data] of chunks.entries()) {
        open++;
        yield {
          chunk,
          source: { ...encodeChunk(data), digest: sample.index.chunkDigest(chunk) },
          release: () => open--,
        };
      }
    }
    const restoring = restoreImage({ index: sample.index, path, workers, chunks: counted() });
    if (chunks === sample.chunks) await restoring;
    else await expect(restoring).rejects.toMatchObject({ code: "DVCE_CHUNK_CORRUPT" });
    expect(open).toBe(0);
  }
});

it.each<[string, string, () => AsyncGenerator<RestoreChunk>]>([
  ["a chunk of wrong bytes", "DVCE_CHUNK_CORRUPT", () => lying()],
  ["chunks that end early", "DVCE_CHUNK_MISSING", () => given(sample.chunks.slice(1))],
])("keeps what was there before, and nothing of its own, after %s", async (_, code, chunks) => {
  await writeFile(path, "before");
  await expect(restoreImage({ index: sample.index, path, workers, chunks: chunks() })).rejects.toMatchObject({
    code,
  });
  expect(await readFile(path, "utf8")).toBe("before");
  expect(await readdir(folder)).toEqual(["image.raw"]);
});

it("says which file cannot be written", async () => {
  const missing = join(folder, "missing", "image.raw");
  await expect(
    restoreImage({ index: sample.index, path: missing, workers, chunks: given(sample.chunks) }),
  ).rejects.toMatchObject({ code: "DVCE_OUTPUT_FAILED", message: expect.stringContaining(missing) });
  const taken = join(folder, "folder");
  await mkdir(taken);
  await expect(
    restoreImage({ index: sample.index, path: taken, workers, chunks: given(sample.chunks) }),
  ).rejects.toMatchObject({ code: "DVCE_OUTPUT_FAILED" });
  await rm(taken, { recursive: true });
  expect(await readdir(folder)).toEqual(["image.raw"]);
});

it("stops when it is told to", async () => {
  const signal = AbortSignal.abort(new Error("enough"));
  await expect(
    restoreImage({ index: sample.index, path, workers, chunks: given(sample.chunks), signal }),
  ).rejects.toThrow("enough");
  expect(digestOf(await readFile(path))).toBe(digestOf(Buffer.from("before")));
});

/** Other bytes under the digests that the index has. */
async function* lying(): AsyncGenerator<RestoreChunk> {
  for (let chunk = 0; chunk < sample.index.chunkCount; chunk++)
    yield {
      chunk,
      source: { ...encodeChunk(Buffer.from("other")), digest: sample.index.chunkDigest(chunk) },
    };
}
