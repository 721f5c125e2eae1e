import { DvceError, type ImageVersion, type ReadChunks, type VerifyRequest } from "@dvce/api";
import {
  decodeChunk,
  digestBytesOf,
  encodeBatch,
  encodeChunk,
  IndexBuilder,
  type EncodedChunk,
} from "@dvce/image";
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

const client = {
  getVersion: () => Promise.reject(new Error("nothing is bad")),
  verifyChunks: () => Promise.reject(new Error("nothing is bad")),
};

type Answer = (chunks: readonly number[], attempt: number) => Buffer;

async function read(answer: Answer): Promise<number[]> {
  const readChunks = async (_: string, { chunks, attempt = 0 }: ReadChunks) =>
    Readable.from([answer(chunks, attempt)]);
  const numbers: number[] = [];
  for await (const { chunk, source } of poolChunks({ ...client, readChunks }, index, { retryPauseMs: 1 })) {
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

describe("bytes that turn out to be wrong", () => {
  const replicas = ["a", "b"].map((node) => ({ node, presentBytes: 1 }));
  /** Node `attempt % 2` answers; those named give wrong bytes for chunk 7, under its digest. */
  const pool = (bad: readonly number[]) => {
    const verified: string[] = [];
    return {
      verified,
      readChunks: async (_: string, { chunks, attempt = 0 }: ReadChunks) => {
        const good = chunks.filter((chunk) => chunk !== 7 || !bad.includes(attempt % 2));
        const wrong = { ...encodeChunk(Buffer.alloc(65_536, "rot")), digest: index.chunkDigest(7) };
        const others = good.flatMap((chunk) => encodeChunk(data[chunk] ?? Buffer.alloc(1)));
        return Readable.from([encodeBatch(good.length < chunks.length ? [...others, wrong] : others)]);
      },
      getVersion: async () => ({ replicas }) as unknown as ImageVersion,
      verifyChunks: async (_: string, { node, firstChunk, chunks }: VerifyRequest) => {
        verified.push(`${node} ${firstChunk} ${chunks}`);
        return { goodChunks: 1, goodBytes: 65_536, absentChunks: 0, bad: [] };
      },
    };
  };
  const seventh = async (nodes: ReturnType<typeof pool>) => {
    for await (const item of poolChunks(nodes, index, { retryPauseMs: 1 })) if (item.chunk === 7) return item;
    throw new Error("chunk 7 did not come");
  };
  const isGood = (source: unknown) => {
    try {
      return decodeChunk(source as EncodedChunk).equals(data[7] ?? Buffer.alloc(0));
    } catch {
      return false;
    }
  };

  it("are asked of another node, and every node reads its copy again", async () => {
    const nodes = pool([0]);
    const { source, another } = await seventh(nodes);
    expect(isGood(source)).toBe(false);
    expect(isGood(await another?.())).toBe(true);
    expect(nodes.verified).toEqual(["a 7 1", "b 7 1"]);
  });

  it("are named when every node gives them", async () => {
    const { another } = await seventh(pool([0, 1]));
    const untilRefused = async () => {
      for (let tries = 0; tries < 100; tries++) expect(isGood(await another?.())).toBe(false);
    };
    await expect(untilRefused()).rejects.toMatchObject({
      code: "DVCE_CHUNK_CORRUPT",
      message: expect.stringContaining(index.chunkDigest(7)),
    });
  });
});
