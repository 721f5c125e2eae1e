import { chunksStoredSchema, digestSchema } from "@dvce/api";
import {
  batchChunkCountMax,
  batchRecordSizeBytes,
  batchSizeBytesMax,
  decodeBatch,
  decodeChunkAsync,
  encodeBatchStream,
  type EncodedChunk,
} from "@dvce/image";
import { Readable } from "node:stream";
import { z } from "zod";
import { octetsSchema, type Server } from "../../plugins/server";
import type { LocalChunks } from "../local-chunks";
import { Turnstile } from "../turnstile";

/** Batches taken in at a time, to bound memory at this many times {@link batchSizeBytesMax}. */
const putsAtATimeMax = 4;
/** Chunks decompressed at a time: as many as libuv's pool has threads. */
const decodesAtATimeMax = 4;

/** Chunks in and out, in batches. */
export function chunkRoutes(app: Server, chunks: LocalChunks): void {
  const puts = new Turnstile(putsAtATimeMax);

  app.put(
    "/v1/chunks",
    {
      bodyLimit: batchSizeBytesMax,
      schema: { body: octetsSchema, response: { 200: chunksStoredSchema } },
      // Before the body is read; left when the response is over, however that came.
      onRequest: async (_request, reply) => {
        await puts.enter();
        if (reply.raw.closed) puts.leave();
        else reply.raw.once("close", () => puts.leave());
      },
    },
    async (request) => {
      const batch = decodeBatch(request.body);
      await verify(batch);
      await chunks.putDurably(batch);
      return { stored: batch.length };
    },
  );

  app.post(
    "/v1/chunks/batch",
    { schema: { body: z.object({ digests: z.array(digestSchema).min(1).max(batchChunkCountMax) }) } },
    async (request, reply) => {
      const stream = Readable.from(encodeBatchStream(present(chunks, request.body.digests)), {
        objectMode: false,
      });
      return reply.type("application/octet-stream").send(stream);
    },
  );
}

/** Throws `DVCE_CHUNK_CORRUPT` unless every chunk is what its digest names. */
async function verify(batch: readonly EncodedChunk[]): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let chunk = batch[next++]; chunk !== undefined; chunk = batch[next++]) await decodeChunkAsync(chunk);
  };
  await Promise.all(Array.from({ length: decodesAtATimeMax }, work));
}

/** Those of the chunks that are here, as far as one batch takes them; the caller asks again for the rest. */
async function* present(chunks: LocalChunks, digests: readonly string[]): AsyncGenerator<EncodedChunk> {
  const reserveBytes = 1024;
  let bytes = reserveBytes;
  for (const digest of digests) {
    const chunk = await chunks.get(digest);
    if (chunk === undefined) continue;
    bytes += batchRecordSizeBytes(chunk);
    if (bytes > batchSizeBytesMax) return;
    yield chunk;
  }
}
