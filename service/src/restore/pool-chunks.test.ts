import { DvceError, type ReadChunks } from "@dvce/api";
import { digestBytesOf, encodeBatch, encodeChunk, IndexBuilder } from "@dvce/image";
import { Readable } from "node:stream";
import { poolChunks } from "./pool-chunks";

const data = Array.from({ length: 300 }, (_, i) => Buffer.alloc(65_536, `chunk ${i} `));
const index = (() => {
  const builder = new IndexBuilder(data.length * 65_536);
  data.forEach((bytes, i) => {
    const extent = { offsetBytes: i * 65_536, offsetInChunk: 0, lengthBytes: bytes.length };
    builder.add(digestBytesOf(bytes), bytes.length, extent);
  });
  return builder.build();
})();

const batchOf = (chunks: readonly number[]): Buffer =>
  encodeBatch(chunks.flatMap((chunk) => encodeChunk(data[chunk] ?? Buffer.alloc(1))));

type Answer = (chunks: readonly number[], attempt: number) => Buffer;

async function read(answer: Answer): Promise<number[]> {
  const readChunks = async (_: string, { chunks, attempt = 0 }: ReadChunks) =>
    Readable.from([answer(chunks, attempt)]);
  const numbers: number[] = [];
  for await (const { chunk, source } of poolChunks({ readChunks }, index, { retryPauseMs: 1 })) {
    expect(source.digest).toBe(index.chunkDigest(chunk));
    numbers.push(chunk);
  }
  return numbers.sort((a, b) => a - b);
}

const all = data.map((_, i) => i);

it.each<[string, Answer]>([
  ["gives all", batchOf],
  ["gives only some of what is asked", (chunks) => batchOf(chunks.slice(0, 40))],
  [
    "stops in the middle of its first answers",
    (chunks, attempt) => batchOf(chunks).subarray(0, attempt === 0 ? -300 : undefined),
  ],
  ["gives nothing at first", (chunks, attempt) => (attempt < 3 ? encodeBatch([]) : batchOf(chunks))],
  ["gives what was not asked for too", (chunks) => batchOf([...new Set([...chunks, 0, 299])])],
  [
    "is away at first",
    (chunks, attempt) => {
      if (attempt < 2) throw new DvceError("DVCE_NODE_UNREACHABLE", "away");
      return batchOf(chunks);
    },
  ],
])("brings every chunk once from a pool that %s", async (_, answer) => {
  expect(await read(answer)).toEqual(all);
});

it("says which chunks nobody gives", async () => {
  const without: Answer = (chunks) => batchOf(chunks.filter((chunk) => chunk !== 7));
  await expect(read(without)).rejects.toMatchObject({
    code: "DVCE_CHUNK_MISSING",
    message: expect.stringContaining(index.chunkDigest(7)),
  });
});

it("ends at once with a refusal that another try does not change", async () => {
  let asked = 0;
  const refused: Answer = () => {
    asked++;
    throw new DvceError("DVCE_FORBIDDEN", "no");
  };
  await expect(read(refused)).rejects.toMatchObject({ code: "DVCE_FORBIDDEN" });
  expect(asked).toBeLessThanOrEqual(3); // as many as are under way at once
});
