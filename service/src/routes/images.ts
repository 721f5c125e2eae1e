import {
  historyQuerySchema,
  imageHistorySchema,
  imageListSchema,
  imageSchema,
  imageVersionSchema,
  newestVersionSchema,
} from "@dvce/api";
import type { Controller } from "../controller/controller";
import type { Server } from "../plugins/server";
import { nameParameter, noContent, versionParameter } from "./parameters";

const imageVersionParameters = nameParameter.extend(versionParameter.shape);

export function imageRoutes(app: Server, controller: Controller): void {
  const { images, imageHistory } = controller;
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
  app.get(
    "/v1/images/:name/history",
    {
      config: { permission: "read" },
      schema: {
        summary: "What happened to an image and its versions, newest first",
        tags: ["images"],
        params: nameParameter,
        querystring: historyQuerySchema,
        response: { 200: imageHistorySchema },
      },
    },
    async (request) => imageHistory.get(request.params.name, request.query),
  );
  app.get(
    "/v1/images/:name/newest",
    {
      config: { permission: "fetch" },
      schema: {
        summary: "The version that an image's name stands for now",
        tags: ["images"],
        params: nameParameter,
        response: { 200: newestVersionSchema },
      },
    },
    async (request) => ({ version: images.get(request.params.name).version }),
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
  app.put(
    "/v1/images/:name/versions/:version",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Make a version that is whole in the pool the newest of an image",
        tags: ["images"],
        params: imageVersionParameters,
        response: { 200: imageVersionSchema },
      },
    },
    async (request) => images.tag(request.params.version, request.params.name),
  );
  app.delete(
    "/v1/images/:name/versions/:version",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Take a version that no cluster uses from an image",
        tags: ["images"],
        params: imageVersionParameters,
        response: { 204: noContent },
      },
    },
    async (request, reply) => {
      images.deleteVersion(request.params.name, request.params.version);
      return reply.code(204).send();
    },
  );
}
