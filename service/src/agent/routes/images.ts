/** What the controller has a node do with whole images: fetch one from the web, fetch a replica from peers, re-read one. */
import {
  agentPullRequestSchema,
  agentPullSchema,
  chunkRunSchema,
  digestSchema,
  pullIdSchema,
  verifiedSchema,
} from "@dvce/api";
import { z } from "zod";
import { octetsSchema, type Server } from "../../plugins/server";
import type { KnownVersion } from "../known-versions";
import type { LocalChunks } from "../local-chunks";
import type { Pulls } from "../pulls";
import type { Replications } from "../replications";
import { verifyChunks } from "../verify-version";

export interface ImageRoutesOptions {
  readonly chunks: LocalChunks;
  readonly pulls: Pulls;
  readonly replications: Replications;
  readonly requireVersion: (version: string) => Promise<KnownVersion>;
}

const versionParams = z.object({ version: digestSchema });
const pullParams = z.object({ id: pullIdSchema });

export function imageRoutes(app: Server, options: ImageRoutesOptions): void {
  const { chunks, pulls, replications, requireVersion } = options;
  app.post(
    "/v1/versions/:version/verify",
    { schema: { params: versionParams, body: chunkRunSchema, response: { 200: verifiedSchema } } },
    async (request) => {
      const { index } = await requireVersion(request.params.version);
      return verifyChunks(chunks, index, request.body);
    },
  );
  app.post(
    "/v1/versions/:version/replicate",
    { schema: { params: versionParams, response: { 202: z.void() } } },
    async (request, reply) => {
      await replications.start(request.params.version);
      return reply.code(202).send();
    },
  );
  app.put(
    "/v1/pulls/:id",
    { schema: { params: pullParams, body: agentPullRequestSchema, response: { 200: agentPullSchema } } },
    async (request) => pulls.start(request.params.id, request.body),
  );
  app.get(
    "/v1/pulls/:id/index",
    { schema: { params: pullParams, response: { 200: octetsSchema } } },
    async (request, reply) =>
      reply.type("application/octet-stream").send(await pulls.index(request.params.id)),
  );
  app.delete(
    "/v1/pulls/:id",
    { schema: { params: pullParams, response: { 204: z.void() } } },
    async (request, reply) => {
      await pulls.forget(request.params.id);
      return reply.code(204).send();
    },
  );
}
