import {
  announcedVersionSchema,
  chunksStoredSchema,
  commitVersionSchema,
  imageVersionSchema,
  nameSchema,
  versionSourcesSchema,
} from "@dvce/api";
import { batchSizeBytesMax, indexMessageSizeBytesMax } from "@dvce/image";
import { z } from "zod";
import type { Controller } from "../controller/controller";
import { identityOf } from "../plugins/bearer-auth";
import { octetsSchema, type Server } from "../plugins/server";
import { versionParameter } from "./parameters";

export function versionRoutes(app: Server, controller: Controller): void {
  const { images } = controller;
  app.post(
    "/v1/versions",
    {
      config: { permission: "plan" },
      bodyLimit: indexMessageSizeBytesMax,
      schema: {
        summary: "Announce a version by its index: where its chunks go, and which are lacking there",
        tags: ["versions"],
        consumes: ["application/octet-stream"],
        querystring: z.object({ image: nameSchema }),
        body: octetsSchema,
        response: { 200: announcedVersionSchema },
      },
    },
    async (request) => images.announce(request.query.image, request.body),
  );
  app.put(
    "/v1/versions/:version/chunks",
    {
      config: { permission: "operate" },
      bodyLimit: batchSizeBytesMax,
      schema: {
        summary: "Store a chunk batch on every target of the version",
        tags: ["versions"],
        consumes: ["application/octet-stream"],
        params: versionParameter,
        body: octetsSchema,
        response: { 200: chunksStoredSchema },
      },
    },
    async (request) => ({ stored: await images.putChunks(request.params.version, request.body) }),
  );
  app.post(
    "/v1/versions/:version/commit",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Make a whole version the image's newest",
        tags: ["versions"],
        params: versionParameter,
        body: commitVersionSchema,
        response: { 200: imageVersionSchema },
      },
    },
    async (request) => images.commit(request.params.version, request.body.image),
  );
  app.get(
    "/v1/versions/:version",
    {
      config: { permission: "read" },
      schema: {
        summary: "One version and its replicas",
        tags: ["versions"],
        params: versionParameter,
        response: { 200: imageVersionSchema },
      },
    },
    async (request) => images.getVersion(request.params.version),
  );
  app.get(
    "/v1/versions/:version/index",
    {
      config: { permission: "fetch" },
      schema: {
        summary: "The version's index, as it was announced",
        tags: ["versions"],
        produces: ["application/octet-stream"],
        params: versionParameter,
        response: { 200: octetsSchema },
      },
    },
    async (request, reply) =>
      reply.type("application/octet-stream").send(images.getIndexBytes(request.params.version)),
  );
  app.get(
    "/v1/versions/:version/sources",
    {
      config: { permission: "fetch" },
      schema: {
        summary: "Who can serve which of the version's chunks",
        tags: ["versions"],
        params: versionParameter,
        querystring: z.object({ node: nameSchema.optional() }),
        response: { 200: versionSourcesSchema },
      },
    },
    async (request) => {
      const fetches = identityOf(request).role === "node";
      return images.getSources(request.params.version, fetches ? request.query.node : undefined);
    },
  );
}
