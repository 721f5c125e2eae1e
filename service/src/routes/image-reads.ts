import { readChunksSchema, verifiedSchema, verifyRequestSchema } from "@dvce/api";
import { Readable } from "node:stream";
import type { Controller } from "../controller/controller";
import { octetStreamSchema, type Server } from "../plugins/server";
import { versionParameter } from "./parameters";

export function imageReadRoutes(app: Server, controller: Controller): void {
  const { imageReads } = controller;
  app.post(
    "/v1/versions/:version/read",
    {
      config: { permission: "export" },
      schema: {
        summary: "A batch of some of the version's chunks, from a node that has them",
        tags: ["versions"],
        produces: ["application/octet-stream"],
        params: versionParameter,
        body: readChunksSchema,
        response: { 200: octetStreamSchema },
      },
    },
    async (request, reply) => {
      const { chunks, attempt } = request.body;
      const batch = await imageReads.read(request.params.version, chunks, attempt);
      return reply.type("application/octet-stream").send(Readable.from(batch, { objectMode: false }));
    },
  );
  app.post(
    "/v1/versions/:version/verify",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Have a node re-read some of the version's chunks",
        tags: ["versions"],
        params: versionParameter,
        body: verifyRequestSchema,
        response: { 200: verifiedSchema },
      },
    },
    async (request) => imageReads.verify(request.params.version, request.body),
  );
}
