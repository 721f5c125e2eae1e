import { DvceError, isDvceError } from "@dvce/api";
import {
  ChunkBitmap,
  decodeChunk,
  digestOf,
  encodeBatchStream,
  encodeChunk,
  IndexBuilder,
  type EncodedChunk,
} from "@dvce/image";
import pino from "pino";
import { PeerFetcher, type AskAgent } from "./peer-fetcher";
import type { ChunkDecoder } from "./peer-request";
import { SourceDirectory } from "./source-directory";

const chunkBytes = 4096;
const data = Array.from({ length: 40 }, (_, i) => Buffer.alloc(chunkBytes, i + 1));
const chunks = data.map((bytes) => encodeChunk(bytes));
const byDigest = new Map(chunks.map((chunk) => [chunk.digest, chunk]));
const index = (() => {
  const builder = new IndexBuilder(data.length * chunkBytes);
  data.forEach((bytes, i) => {
    const extent = { offsetBytes: i * chunkBytes, offsetInChunk: 0, lengthBytes: chunkBytes };
    builder.add(Buffer.from(digestOf(bytes), "hex"), chunkBytes, extent);
  });
  return builder.build();
})();

type Answer = (digests: readonly string[], signal: AbortSignal) => AsyncIterable<Buffer>;

const decoded = (chunk: EncodedChunk): Buffer | DvceError => {
  try {
    return decodeChunk(chunk);
  } catch (error) {
    if (isDvceError(error)) return error;
    throw error;
  }
};
const decoder: ChunkDecoder = {
  decodeMany: async (list) => list.map(decoded),
  verifyMany: async (list) =>
    list.map((chunk) => {
      const result = decoded(chunk);
      return Buffer.isBuffer(result) ? chunk : result;
    }),
};

/** What a sound agent answers. */
const sound: Answer = (digests) =>
  encodeBatchStream(digests.map((digest) => byDigest.get(digest)).filter((chunk) => chunk !== undefined));

function all(): string {
  const bitmap = new ChunkBitmap(index.chunkCount);
  for (let i = 0; i < bitmap.length; i++) bitmap.set(i);
  return bitmap.toBase64();
}

interface Pool {
  readonly fetcher: PeerFetcher;
  readonly requests: { node: string; digests: readonly string[] }[];
  readonly arrived: EncodedChunk[];
  /** Nodes that were told of damage. */
  readonly damaged: string[];
  readonly asked: () => number;
}

/** A pool whose nodes answer as told. `answers` may change while a test runs. */
function pool(
  answers: Record<string, Answer>,
  options: { deadlineMs?: number; controller?: () => void } = {},
): Pool {
  const requests: { node: string; digests: readonly string[] }[] = [];
  const arrived: EncodedChunk[] = [];
  let asked = 0;
  const askAgent: AskAgent = async ({ agentUrl, digests, signal }) => {
    const node = new URL(agentUrl).hostname;
    requests.push({ node, digests });
    const answer = answers[node];
    if (answer === undefined) throw new DvceError("DVCE_NODE_UNREACHABLE", `${node} is down`);
    return answer(digests, signal);
  };
  const directory = new SourceDirectory({
    self: "me",
    nowMs: () => Date.now(),
    askController: async () => {
      asked++;
      options.controller?.();
      return {
        sources: ["me", "a", "b"].map((node) => ({ node, agentUrl: `http://${node}`, bitmap: all() })),
        fetchers: [],
      };
    },
  });
  const damaged: string[] = [];
  const fetcher = new PeerFetcher({
    self: "me",
    directory,
    askAgent,
    decoder,
    reportDamage: async (agentUrl) => void damaged.push(new URL(agentUrl).hostname),
    onChunks: async (_version, list) => {
      arrived.push(...list);
    },
    nowMs: () => Date.now(),
    logger: pino({ level: "silent" }),
    deadlineMs: options.deadlineMs ?? 20_000,
    silenceMsMax: 100,
    retryMs: 5,
  });
  return { fetcher, requests, arrived, damaged, asked: () => asked };
}

const bytesOf = (i: number): Buffer => data[i] ?? Buffer.alloc(0);

describe("PeerFetcher", () => {
  it("fetches what waits together in one request a source, spread over the sources", async () => {
    const { fetcher, requests, arrived, asked } = pool({ a: sound, b: sound });
    const got = await Promise.all(data.map((_, i) => fetcher.fetch(index, i)));
    got.forEach((bytes, i) => expect(bytes.equals(bytesOf(i))).toBe(true));
    expect(requests.map(({ node }) => node).sort()).toEqual(["a", "b"]);
    expect(requests.map(({ digests }) => digests.length)).toEqual([20, 20]);
    expect(arrived.length).toBe(40);
    expect(asked()).toBe(1);
  });

  it("shares one fetch among readers of one chunk", async () => {
    const { fetcher, requests, arrived } = pool({ a: sound, b: sound });
    await Promise.all([fetcher.fetch(index, 3), fetcher.fetch(index, 3), fetcher.fetch(index, 3)]);
    expect(requests.length).toBe(1);
    expect(arrived.length).toBe(1);
  });

  it("never asks itself", async () => {
    const { fetcher, requests } = pool({ me: sound, a: sound });
    await fetcher.fetch(index, 0);
    expect(requests.every(({ node }) => node !== "me")).toBe(true);
  });

  const forged: Answer = (digests) =>
    encodeBatchStream(digests.map((digest) => ({ ...encodeChunk(Buffer.alloc(chunkBytes, 0xee)), digest })));
  const cutOff: Answer = async function* (digests) {
    const [first] = digests;
    const chunk = first === undefined ? undefined : byDigest.get(first);
    if (chunk === undefined) return;
    for await (const piece of encodeBatchStream([chunk])) {
      yield piece;
      if (piece.length > 40) throw new Error("connection reset");
    }
  };
  const silent: Answer = async function* (_digests, signal) {
    yield Buffer.from("DVCE");
    await new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(new Error("aborted"))),
    );
  };

  it.each([
    ["is down", undefined],
    ["lacks the chunks", () => encodeBatchStream([])],
    ["sends other bytes under the chunk's name", forged],
    [
      "sends no batch at all",
      async function* () {
        yield Buffer.from("<html>");
      },
    ],
    ["breaks off", cutOff],
    ["falls silent", silent],
  ] as [string, Answer | undefined][])("goes to another source when one %s", async (_name, broken) => {
    const { fetcher, arrived } = pool({ b: sound, ...(broken ? { a: broken } : {}) });
    const got = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => fetcher.fetch(index, i)));
    got.forEach((bytes, i) => expect(bytes.equals(bytesOf(i))).toBe(true));
    for (const chunk of arrived) expect(chunk.payload).toEqual(byDigest.get(chunk.digest)?.payload);
  });

  it("waits while no source answers, and goes on when one does", async () => {
    const answers: Record<string, Answer> = {};
    const { fetcher } = pool(answers);
    let done = false;
    const waiting = fetcher.fetch(index, 7).finally(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(done).toBe(false);
    answers["a"] = sound;
    expect((await waiting).equals(bytesOf(7))).toBe(true);
  });

  it("waits while the controller does not answer", async () => {
    let failures = 3;
    const controller = () => {
      if (failures-- > 0) throw new DvceError("DVCE_CONTROLLER_UNREACHABLE", "no answer");
    };
    const { fetcher } = pool({ a: sound }, { controller });
    expect((await fetcher.fetch(index, 7)).equals(bytesOf(7))).toBe(true);
  });

  it("fails when the deadline has passed, and fetches anew when asked again", async () => {
    const answers: Record<string, Answer> = {};
    const { fetcher } = pool(answers, { deadlineMs: 30 });
    await expect(fetcher.fetch(index, 7)).rejects.toMatchObject({ code: "DVCE_CHUNK_MISSING" });
    answers["a"] = sound;
    expect((await fetcher.fetch(index, 7)).equals(bytesOf(7))).toBe(true);
  });

  it("fails what waits when it closes", async () => {
    const { fetcher } = pool({ a: silent });
    const waiting = [fetcher.fetch(index, 1), fetcher.fetch(index, 2)];
    await new Promise((resolve) => setTimeout(resolve, 30));
    fetcher.close();
    for (const fetch of waiting) await expect(fetch).rejects.toMatchObject({ code: "DVCE_CHUNK_MISSING" });
    await expect(fetcher.fetch(index, 3)).rejects.toMatchObject({ code: "DVCE_CHUNK_MISSING" });
  });
});
