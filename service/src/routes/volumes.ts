import { createVolumeSchema, volumeListSchema, volumeSchema } from "@dvce/api";
import type { Controller } from "../controller/controller";
import type { Server } from "../plugins/server";
import { domainParameter, noContent } from "./parameters";

export function volumeRoutes(app: Server, controller: Controller): void {
  const { volumes } = controller;
  app.get(
    "/v1/volumes",
    {
      config: { permission: "read" },
      schema: { summary: "Every member's volume", tags: ["volumes"], response: { 200: volumeListSchema } },
    },
    async () => ({ volumes: await volumes.list() }),
  );
  app.post(
    "/v1/volumes",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Make a placed member's disk and seed on its node",
        tags: ["volumes"],
        body: createVolumeSchema,
        response: { 200: volumeSchema },
      },
    },
    async (request) => volumes.create(request.body),
  );
  app.get(
    "/v1/volumes/:domain",
    {
      config: { permission: "read" },
      schema: {
        summary: "One volume, as its node describes it now",
        tags: ["volumes"],
        params: domainParameter,
        response: { 200: volumeSchema },
      },
    },
    async (request) => volumes.get(request.params.domain),
  );
  app.delete(
    "/v1/volumes/:domain",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Delete a volume and its seed",
        tags: ["volumes"],
        params: domainParameter,
        response: { 204: noContent },
      },
    },
    async (request, reply) => {
      await volumes.delete(request.params.domain);
      return reply.code(204).send();
    },
  );
}
