import { pullIdSchema, pullListSchema, pullRequestSchema, pullSchema } from "@dvce/api";
import { z } from "zod";
import type { Controller } from "../controller/controller";
import type { Server } from "../plugins/server";

export function pullRoutes(app: Server, controller: Controller): void {
  const { pulls } = controller;
  app.post(
    "/v1/pulls",
    {
      config: { permission: "operate" },
      schema: {
        summary: "Have a node fetch an image from the web; the same again joins, or goes on",
        tags: ["pulls"],
        body: pullRequestSchema,
        response: { 200: pullSchema },
      },
    },
    async (request) => pulls.start(request.body),
  );
  app.get(
    "/v1/pulls",
    {
      config: { permission: "read" },
      schema: {
        summary: "Pulls under way, and of the last days",
        tags: ["pulls"],
        response: { 200: pullListSchema },
      },
    },
    async () => ({ pulls: pulls.list() }),
  );
  app.get(
    "/v1/pulls/:id",
    {
      config: { permission: "read" },
      schema: {
        summary: "How far a pull is",
        tags: ["pulls"],
        params: z.object({ id: pullIdSchema }),
        response: { 200: pullSchema },
      },
    },
    async (request) => pulls.get(request.params.id),
  );
}
