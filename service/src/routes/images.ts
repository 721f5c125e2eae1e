import { imageListSchema, imageSchema } from "@dvce/api";
import type { Controller } from "../controller/controller";
import type { Server } from "../plugins/server";
import { nameParameter, noContent } from "./parameters";

export function imageRoutes(app: Server, controller: Controller): void {
  const { images } = controller;
  app.get(
    "/v1/images",
    {
      config: { permission: "read" },
      schema: {
        summary: "Every image with its versions",
        tags: ["images"],
        response: { 200: imageListSchema },
      },
    },
    async () => ({ images: images.list() }),
  );
  app.get(
    "/v1/images/:name",
    {
      config: { permission: "read" },
      schema: {
        summary: "One image",
        tags: ["images"],
        params: nameParameter,
        response: { 200: imageSchema },
      },
    },
    async (request) => images.get(request.params.name),
  );
  app.delete(
    "/v1/images/:name",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Forget an image that no cluster uses",
        tags: ["images"],
        params: nameParameter,
        response: { 204: noContent },
      },
    },
    async (request, reply) => {
      images.delete(request.params.name);
      return reply.code(204).send();
    },
  );
}
