/**
 * Malformed batches and requests for them: what a peer sends to a node that fetches, what a push sends to a node, and what is
 * asked of a node. Whatever is accepted keeps the rules (batch-model.ts), no byte is handed out that is not its chunk's, and
 * whatever is asked is answered.
 */
import { chunkBatchRequestSchema, DvceError, isDvceError } from "@dvce/api";
import {
  decodeBatch,
  decodeBatchStream,
  decodeChunk,
  digestOf,
  encodeBatch,
  encodeChunk,
  type EncodedChunk,
} from "@dvce/image";
import { zstdCompressSync } from "node:zlib";
import pino from "pino";
import { z } from "zod";
import { LocalChunks } from "../../service/src/agent/local-chunks";
import { chunkRoutes } from "../../service/src/agent/routes/chunks";
import { hashToken, verifierOf } from "../../service/src/auth/bearer-token";
import { BatchServer } from "../../service/src/peers/batch-server";
import { readBatch, type ChunkDecoder } from "../../service/src/peers/peer-request";
import { TransferLimits } from "../../service/src/peers/transfer-limits";
import { buildServer, type Server } from "../../service/src/plugins/server";
import { MemoryChunkStore } from "../../service/src/store";
import { pseudoRandom } from "../support/pseudo-random";
import { modelOf } from "./batch-model";
import { fuzz } from "./support/fuzz";
import { collectGarbage } from "./support/garbage";
import { mutate } from "./support/mutate";
import type { Random } from "../support/random";

jest.setTimeout(30 * 60_000);

const token = "token-of-the-nodes";
const chunks = Array.from({ length: 8 }, (_, i) =>
  encodeChunk(i % 2 === 0 ? Buffer.alloc(300 + 500 * i, `chunk ${i} `) : pseudoRandom(400 + 100 * i, i + 1)),
);
/** A zstd frame of 64 MiB of zeros under the name of 4 KiB. */
const bomb: EncodedChunk = {
  digest: digestOf(Buffer.alloc(4096)),
  sizeBytes: 4096,
  codec: "zstd",
  payload: zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)),
};
const samples = [
  encodeBatch(chunks),
  encodeBatch(chunks.slice(0, 3)),
  encodeBatch([bomb, ...chunks.slice(0, 1)]),
  encodeBatch([]),
] as const;

async function* pieces(random: Random, bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const size = random.pick([1, 7, 44, 100, 1000, 65_536]);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

interface Parsed {
  readonly chunks: readonly EncodedChunk[];
  readonly whole: boolean;
}

type Parse = (random: Random, bytes: Buffer) => Promise<Parsed>;

const parseStream: Parse = async (random, bytes) => {
  const parsed: EncodedChunk[] = [];
  try {
    for await (const chunk of decodeBatchStream(pieces(random, bytes))) parsed.push(chunk);
    return { chunks: parsed, whole: true };
  } catch (error) {
    if (!isDvceError(error, "DVCE_BATCH_INVALID")) throw error;
    return { chunks: parsed, whole: false };
  }
};

const parseAtOnce: Parse = async (_random, bytes) => {
  try {
    return { chunks: decodeBatch(bytes), whole: true };
  } catch (error) {
    if (!isDvceError(error, "DVCE_BATCH_INVALID")) throw error;
    return { chunks: modelOf(bytes).chunks, whole: false };
  }
};

function compare(parsed: Parsed, bytes: Buffer): void {
  const model = modelOf(bytes);
  if (parsed.whole !== model.whole)
    throw new Error(parsed.whole ? "accepted against the rules" : "refused although it keeps the rules");
  if (parsed.chunks.length !== model.chunks.length)
    throw new Error(`${parsed.chunks.length} chunks instead of ${model.chunks.length}`);
  for (const [i, chunk] of parsed.chunks.entries()) {
    const expected = model.chunks[i];
    if (
      expected === undefined ||
      chunk.digest !== expected.digest ||
      chunk.sizeBytes !== expected.sizeBytes ||
      chunk.codec !== expected.codec ||
      !chunk.payload.equals(expected.payload)
    )
      throw new Error(`chunk ${i} differs from the model's`);
  }
}

const parsing =
  (parse: Parse) =>
  async (random: Random): Promise<void> => {
    const bytes = mutate(random, random.pick(samples), random.pick(samples));
    compare(await parse(random, bytes), bytes);
  };

/** Decodes as told. */
const decoderBy = (decode: (chunk: EncodedChunk) => Buffer | DvceError): ChunkDecoder => ({
  decodeMany: async (list) => list.map(decode),
  verifyMany: async (list) =>
    list.map((chunk) => {
      const decoded = decode(chunk);
      return Buffer.isBuffer(decoded) ? chunk : decoded;
    }),
});

const verifying = decoderBy((chunk) => {
  try {
    return decodeChunk(chunk);
  } catch (error) {
    if (isDvceError(error, "DVCE_CHUNK_CORRUPT")) return error;
    throw error;
  }
});

/** Fetches as from a peer that sends the bytes. */
const fetching =
  (decoder: ChunkDecoder) =>
  async (random: Random): Promise<void> => {
    const bytes = mutate(random, random.pick(samples), random.pick(samples));
    const open = new Set(chunks.map(({ digest }) => digest));
    const wantsData = random.below(2) === 0;
    await readBatch({
      stream: pieces(random, bytes),
      decoder,
      urgent: () => random.below(2) === 0,
      wants: (digest) => open.has(digest),
      wantsData: () => wantsData,
      onChunks: async (list) => {
        for (const { chunk, data } of list) {
          if (!open.delete(chunk.digest))
            throw new Error("handed out a chunk that was not asked for, or twice");
          if ((data !== undefined) !== wantsData) throw new Error("bytes without being asked, or none");
          if (digestOf(data ?? decodeChunk(chunk)) !== chunk.digest)
            throw new Error("handed out wrong bytes");
        }
      },
      onDamaged: (digest, error) => {
        if (!open.has(digest) || !(error instanceof DvceError))
          throw new Error("not damage of what was asked");
      },
    }).catch((error: unknown) => {
      if (!isDvceError(error, "DVCE_BATCH_INVALID")) throw error;
    });
  };

it("parses what the rules allow, and nothing else, as it arrives", async () => {
  await fuzz({ suite: "batch stream", attempt: parsing(parseStream) });
});

it("parses what the rules allow, and nothing else, at once", async () => {
  await fuzz({ suite: "batch", attempt: parsing(parseAtOnce) });
});

it("hands out no byte that is not its chunk's", async () => {
  await fuzz({ suite: "batch from a peer", attempt: fetching(verifying) });
});

it("refuses a decompression bomb at the size that it declares", async () => {
  const declared = [4096, 262_144, 2 ** 31];
  const refuse = async (times: number): Promise<number> => {
    for (let i = 0; i < times; i++) {
      for (const sizeBytes of declared)
        if (isSound({ ...bomb, sizeBytes })) throw new Error(`taken for ${sizeBytes} bytes`);
      if (i % 50 > 0) continue;
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return process.memoryUsage.rss();
  };
  // The allocator's own fragments grow for a while; a leak of 64 KiB a bomb would go on.
  const beforeBytes = await refuse(1_500);
  expect((await refuse(2_000)) - beforeBytes).toBeLessThan(128 * 1024 * 1024);
  expect(() => decodeChunk(bomb)).toThrow(/does not decompress to 4096 bytes/);
});

describe("an agent", () => {
  let app: Server;
  let store: MemoryChunkStore;
  beforeEach(async () => {
    store = new MemoryChunkStore();
    await store.put(chunks.slice(0, 6));
    app = await serve(store);
  });
  afterEach(() => app.close());

  const request = JSON.stringify({ digests: chunks.map(({ digest }) => digest) });
  const waiting = JSON.stringify({
    digests: [chunks[0]?.digest, chunks[7]?.digest],
    wait: { version: chunks[1]?.digest, priority: "read", waitMs: 20 },
  });
  const damaged = JSON.stringify({ digests: [chunks[2]?.digest] });
  const requests = [request, waiting, damaged].map((text) => Buffer.from(text));

  const asking =
    (to: () => Server) =>
    async (random: Random): Promise<void> => {
      const sample = requests[random.below(requests.length)] ?? Buffer.alloc(0);
      const body = random.below(8) === 0 ? sample : mutate(random, sample, Buffer.from(request));
      const url = random.pick(["/v1/chunks/batch", "/v1/chunks/batch", "/v1/chunks/damaged"]);
      const answer = await to().inject({
        method: "POST",
        url,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body,
      });
      if (answer.statusCode >= 500) throw new Error(`answered ${answer.statusCode}: ${answer.body}`);
      if (answer.statusCode !== 200) return;
      const asked = chunkBatchRequestSchema.parse(JSON.parse(body.toString()));
      const here = asked.digests.filter((digest) => store.has(digest));
      const sent = decodeBatch(answer.rawPayload);
      if (JSON.stringify(sent.map(({ digest }) => digest)) !== JSON.stringify(here))
        throw new Error("sent something else than what was asked and is here");
      for (const chunk of sent) decodeChunk(chunk);
    };

  it("answers whatever it is asked", async () => {
    await fuzz({ suite: "batch requests", attempt: asking(() => app) });
  });

  it("keeps nothing of a push that breaks a rule, or whose bytes are not their chunks'", async () => {
    await fuzz({
      suite: "batch pushed",
      inputs: 20_000,
      attempt: async (random) => {
        const body = mutate(random, random.pick(samples), random.pick(samples));
        const headers = { authorization: `Bearer ${token}`, "content-type": "application/octet-stream" };
        const { statusCode } = await app.inject({ method: "PUT", url: "/v1/chunks", headers, body });
        const model = modelOf(body);
        const sound = model.whole && model.chunks.every((chunk) => isSound(chunk));
        if (statusCode !== (sound ? 200 : statusCode) || statusCode >= 500 || (!sound && statusCode === 200))
          throw new Error(`answered ${statusCode} to ${sound ? "a sound" : "an unsound"} push`);
      },
    });
    for (const digest of store.digests()) expect(isSound((await store.get(digest)) ?? bomb)).toBe(true);
  });

  it("is caught when it does not check what it is asked", async () => {
    const careless = await buildServer({
      title: "broken",
      version: "0",
      logger: pino({ level: "silent" }),
      verify: verifierOf([{ name: "pool", role: "node", tokenSha256: hashToken(token) }]),
    });
    careless.post("/v1/chunks/batch", { schema: { body: z.any() } }, async ({ body }) => {
      const { digests } = body as { digests: string[] };
      return encodeBatch(chunks.filter(({ digest }) => digests.includes(digest)));
    });
    await expect(
      fuzz({ suite: "broken agent", inputs: 2_000, attempt: asking(() => careless) }),
    ).rejects.toThrow(/DVCE_TEST_SEED/);
    await careless.close();
  });
});

function isSound(chunk: EncodedChunk): boolean {
  try {
    decodeChunk(chunk);
    return true;
  } catch {
    return false;
  }
}

async function serve(store: MemoryChunkStore): Promise<Server> {
  const local = new LocalChunks({
    store,
    onStored: () => undefined,
    onKept: () => undefined,
    onLost: () => undefined,
    onStoreFailed: (error) => {
      throw error;
    },
  });
  const verify = verifierOf([{ name: "pool", role: "node", tokenSha256: hashToken(token) }]);
  const app = await buildServer({ title: "fuzz", version: "0", logger: pino({ level: "silent" }), verify });
  const supply = async () => false;
  chunkRoutes(app, local, new BatchServer({ chunks: local, supply, limits: new TransferLimits() }));
  return app;
}

describe("catches a reader that", () => {
  const forgiving =
    (forgives: RegExp): Parse =>
    async (_random, bytes) => {
      try {
        return { chunks: decodeBatch(bytes), whole: true };
      } catch (error) {
        if (!isDvceError(error, "DVCE_BATCH_INVALID")) throw error;
        return { chunks: modelOf(bytes).chunks, whole: forgives.test(error.message) };
      }
    };

  it.each<[string, (random: Random) => Promise<void>]>([
    ["does not notice the end missing", parsing(forgiving(/cut off/))],
    ["does not count", parsing(forgiving(/announces/))],
    ["overlooks what follows the end", parsing(forgiving(/bytes follow/))],
    [
      "crashes on a short header",
      parsing(async (random, bytes) => {
        bytes.readUInt32LE(8);
        return parseStream(random, bytes);
      }),
    ],
    [
      "believes what peers say of their chunks",
      fetching(
        decoderBy((chunk) =>
          chunk.codec === "raw"
            ? chunk.payload
            : decodeChunkAs(
                chunk,
                chunks.find(({ digest }) => digest === chunk.digest),
              ),
        ),
      ),
    ],
  ])("%s", async (_, attempt) => {
    await expect(fuzz({ suite: "broken batch reader", inputs: 20_000, attempt })).rejects.toThrow(
      /DVCE_TEST_SEED/,
    );
  });

  /** What a reader would see that takes the digest for granted. */
  function decodeChunkAs(chunk: EncodedChunk, real: EncodedChunk | undefined): Buffer | DvceError {
    const payload = real !== undefined && chunk.payload.equals(real.payload) ? real : undefined;
    return payload === undefined ? new DvceError("DVCE_CHUNK_CORRUPT", "other bytes") : decodeChunk(payload);
  }
});
