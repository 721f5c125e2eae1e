import { chunkBatchRequestSchema, chunksDamagedSchema, chunksStoredSchema, chunkWaitMsMax } from "@dvce/api";
import { batchSizeBytesMax, decodeBatch, decodeChunkAsync, type EncodedChunk } from "@dvce/image";
import type { ServerResponse } from "node:http";
import type { BatchServer } from "../../peers/batch-server";
import { octetsSchema, type Server } from "../../plugins/server";
import { noContent } from "../../routes/parameters";
import type { LocalChunks } from "../local-chunks";
import { Turnstile } from "../turnstile";

/** Batches taken in at a time, to bound memory at this many times {@link batchSizeBytesMax}. */
const putsAtATimeMax = 4;
/** Chunks decompressed at a time: as many as libuv's pool has threads. */
const decodesAtATimeMax = 4;

/** An answer is ended when its reader takes nothing for so long. Longer than an answer may wait for chunks. */
const stallMsMax = 2 * chunkWaitMsMax;

/** Chunks in and out, in batches. */
export function chunkRoutes(app: Server, chunks: LocalChunks, batches: Pick<BatchServer, "send">): void {
  const puts = new Turnstile(putsAtATimeMax);
  const checks = new Turnstile(1);

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

  app.post("/v1/chunks/batch", { schema: { body: chunkBatchRequestSchema } }, async (request, reply) => {
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    reply.raw.setTimeout(stallMsMax, () => reply.raw.destroy());
    reply.hijack(); // written piece by piece: a piece's memory is used again when the socket has taken it
    reply.raw.writeHead(200, { "content-type": "application/octet-stream" });
    try {
      for await (const piece of batches.send(request.body, request.ip, gone.signal))
        await write(reply.raw, piece);
      reply.raw.end();
    } catch (error) {
      if (!gone.signal.aborted) request.log.error({ err: error }, "a batch could not be sent to its end");
      reply.raw.destroy(); // without its end the peer takes it for what it is: cut off
    }
  });

  app.post(
    "/v1/chunks/damaged",
    { schema: { body: chunksDamagedSchema, response: { 204: noContent } } },
    async (request, reply) => {
      const peer = request.ip;
      request.log.warn(
        { peer, digests: request.body.digests },
        "a peer says that it was sent damaged chunks",
      );
      await checks.enter();
      try {
        for (const digest of request.body.digests) if (chunks.has(digest)) await chunks.verify(digest);
      } finally {
        checks.leave();
      }
      return reply.code(204).send();
    },
  );
}

/** Resolves when the socket has taken the bytes. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(new Error("the peer is gone"));
    response.once("close", closed);
    response.write(bytes, (error) => {
      response.off("close", closed);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Throws `DVCE_CHUNK_CORRUPT` unless every chunk is what its digest names. */
async function verify(batch: readonly EncodedChunk[]): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let chunk = batch[next++]; chunk !== undefined; chunk = batch[next++]) await decodeChunkAsync(chunk);
  };
  await Promise.all(Array.from({ length: decodesAtATimeMax }, work));
}
