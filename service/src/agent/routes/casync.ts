/**
 * casync's layout of a chunk store over HTTP, so that `casync` and `desync` list, verify and extract images straight from
 * a node: `/casync/<first 4 hex>/<digest>.cacnk`, and `/casync/<image or version>.caibx`.
 */
import { digestSchema, DvceError, nameSchema } from "@dvce/api";
import { Readable } from "node:stream";
import { z } from "zod";
import { octetsSchema, octetStreamSchema, type Server } from "../../plugins/server";
import type { CasyncChunks } from "../casync-chunks";
import type { KnownVersion } from "../known-versions";
import { Turnstile } from "../turnstile";

/** Chunks worked on at a time, to bound memory and to leave the node to its guests. */
const chunksAtATimeMax = 16;

const chunkParams = z.object({
  prefix: z.string().regex(/^[0-9a-f]{4}$/, "must be the first 4 hex digits of the chunk's digest"),
  file: z.string().regex(/^[0-9a-f]{64}\.cacnk$/, "must be '<digest>.cacnk'"),
});
const indexParams = z.object({
  file: z.string().regex(/^[0-9a-z-]{1,64}\.caibx$/, "must be '<image>.caibx' or '<version>.caibx'"),
});
const readable = { config: { readableByPool: true } } as const;

export interface CasyncRoutesOptions {
  readonly chunks: CasyncChunks;
  /** The newest version of an image. Throws `DVCE_IMAGE_NOT_FOUND`. */
  readonly versionOf: (image: string) => Promise<string>;
  /** Throws `DVCE_VERSION_NOT_FOUND`. */
  readonly requireVersion: (version: string) => Promise<KnownVersion>;
}

export function casyncRoutes(app: Server, { chunks, versionOf, requireVersion }: CasyncRoutesOptions): void {
  const places = new Turnstile(chunksAtATimeMax);
  const find = async (file: string): Promise<KnownVersion> => {
    const name = file.slice(0, -".caibx".length);
    if (digestSchema.safeParse(name).success) return requireVersion(name);
    if (!nameSchema.safeParse(name).success)
      throw new DvceError("DVCE_INPUT_INVALID", `'${name}' is neither an image's name nor a version.`);
    return requireVersion(await versionOf(name));
  };

  app.head(
    "/casync/:prefix/:file",
    { ...readable, schema: { params: chunkParams } },
    async (request, reply) => {
      const digest = digestOf(request.params);
      if (!(await chunks.has(digest))) throw chunkNotFound(digest);
      return reply.type("application/octet-stream").send();
    },
  );
  app.get(
    "/casync/:prefix/:file",
    {
      ...readable,
      schema: {
        summary: "A chunk as a zstd frame",
        produces: ["application/octet-stream"],
        params: chunkParams,
        response: { 200: octetsSchema },
      },
    },
    async (request, reply) => {
      const digest = digestOf(request.params);
      await places.enter();
      try {
        const frame = await chunks.read(digest);
        if (frame === undefined) throw chunkNotFound(digest);
        return await reply.type("application/octet-stream").send(frame);
      } finally {
        places.leave();
      }
    },
  );
  app.head("/casync/:file", { ...readable, schema: { params: indexParams } }, async (request, reply) => {
    await find(request.params.file);
    return reply.type("application/octet-stream").send();
  });
  app.get(
    "/casync/:file",
    {
      ...readable,
      schema: {
        summary: "The .caibx of a version, or of an image's newest",
        produces: ["application/octet-stream"],
        params: indexParams,
        response: { 200: octetStreamSchema },
      },
    },
    async (request, reply) => {
      const version = await find(request.params.file);
      const stream = Readable.from(chunks.caibx(version), { objectMode: false });
      return reply.type("application/octet-stream").send(stream);
    },
  );
}

function digestOf({ prefix, file }: z.infer<typeof chunkParams>): string {
  const digest = file.slice(0, 64);
  if (!digest.startsWith(prefix))
    throw new DvceError(
      "DVCE_INPUT_INVALID",
      `Chunk ${digest} lies under ${digest.slice(0, 4)}, not under ${prefix}.`,
    );
  return digest;
}

const chunkNotFound = (digest: string) =>
  new DvceError("DVCE_CHUNK_MISSING", `No version that this node knows has the chunk ${digest}.`);
